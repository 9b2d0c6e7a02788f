import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { createQueryClient } from "@/api/query-client";
import { Providers } from "@/app/providers";
import { createAppRouter } from "@/app/router";
import { startTheme } from "@/lib/theme";
import "@/styles/index.css";

startTheme();
const root = document.getElementById("root");
if (!root) throw new Error("The page has no root element.");
const client = createQueryClient();
createRoot(root).render(
  <StrictMode>
    <Providers client={client}>
      <RouterProvider router={createAppRouter(client)} />
    </Providers>
  </StrictMode>,
);
