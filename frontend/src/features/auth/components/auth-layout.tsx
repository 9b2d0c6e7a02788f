import type { ReactNode } from "react";
import { BrandMark } from "@/components/brand";
import { useTitle } from "@/hooks/use-title";

/** The quiet page around sign-in and password forms. */
export function AuthLayout({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="flex min-h-dvh flex-col items-center bg-canvas px-4 pt-[16vh] pb-8">
      <div className="w-full max-w-80">
        <div className="mb-6 flex items-center gap-2">
          <BrandMark className="size-6" />
          <span className="text-lg font-semibold tracking-tight">Aegis</span>
        </div>
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {lead && <p className="mt-1 text-sm text-muted">{lead}</p>}
        <div className="mt-5">{children}</div>
      </div>
    </main>
  );
}
