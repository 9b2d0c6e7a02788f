import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import type { UnresolvedId, UnresolvedLink } from "@/features/unresolved/api";
import { UnresolvedIdPage } from "@/features/unresolved/components/unresolved-id-page";
import { UnresolvedPage } from "@/features/unresolved/components/unresolved-page";

const split: UnresolvedId = {
  attack_id: "T1685",
  name: "Disable or Modify Tools",
  ambiguous: true,
  links: 241,
  templates: 77,
  rules: 164,
  others: 0,
  sources: ["atomic_red_team", "sigma"],
  candidates: [
    { attack_id: "T1562.001", name: "Disable or Modify Tools", reason: "moved", items: 12 },
    { attack_id: "T1562.006", name: "Indicator Blocking", reason: "redirect", items: 0 },
  ],
};
const link: UnresolvedLink = { id: "00000000-0000-4000-8000-000000000900", source: "sigma", kind: "rule", item_id: "r1", upstream_id: "sigma:1", name: "Tool stopped", tactic: null, resolution: "ambiguous", technique: null, moved_from: [] };

it("lists the ids with what names them, and asks by source", async () => {
  const asked: (string | null)[] = [];
  server.use(
    route.get("/content/unresolved", ({ request }) => {
      const source = new URL(request.url).searchParams.get("source");
      asked.push(source);
      return HttpResponse.json(page(source === "elastic" ? [] : [split]));
    }),
  );
  const { user } = renderPage(<UnresolvedPage />, { path: "/system/unresolved" });
  expect(await screen.findByRole("link", { name: "T1685" })).toHaveAttribute("href", "/system/unresolved/T1685");
  expect(screen.getByText("T1562.001, T1562.006")).toBeInTheDocument();
  await expectAccessible("light");
  await user.selectOptions(screen.getByRole("combobox", { name: "Source" }), "elastic");
  expect(await screen.findByText("No id matches")).toBeInTheDocument();
  expect(asked.at(-1)).toBe("elastic");
});

it("chooses a meaning for some items, and takes it back", async () => {
  const bodies: unknown[] = [];
  server.use(
    route.get("/content/unresolved", () => HttpResponse.json(page([split]))),
    route.get("/content/unresolved/T1685", () => HttpResponse.json(page([link]))),
    route.post("/content/unresolved/T1685/choose", async ({ request }) => {
      bodies.push(await request.json());
      return bodies.length === 2 ? problem(422, "unknown_technique", "There is no such technique in force.") : HttpResponse.json({ attack_id: "T1685", technique: "T1562.006", links: 1 });
    }),
    route.get("/auth/me", () => new HttpResponse(null, { status: 204 })),
  );
  const { user } = renderPage(<UnresolvedIdPage attackId="T1685" />);
  await user.click(await screen.findByRole("radio", { name: /T1562\.006/ }));
  await user.click(await screen.findByRole("checkbox", { name: "Select Tool stopped" }));
  await user.selectOptions(screen.getByRole("combobox", { name: "For" }), "chosen");
  await expectAccessible("light");
  await user.click(screen.getByRole("button", { name: "It means T1562.006" }));
  await waitFor(() => expect(bodies).toEqual([{ technique: "T1562.006", link_ids: [link.id] }]));
  await user.selectOptions(await screen.findByRole("combobox", { name: "For" }), "T1562.001");
  await user.click(screen.getByRole("button", { name: "Take the choice back" }));
  expect(await screen.findByText("There is no such technique in force.")).toBeInTheDocument();
  expect(bodies[1]).toEqual({ technique: null, moved_from: "T1562.001" });
});
