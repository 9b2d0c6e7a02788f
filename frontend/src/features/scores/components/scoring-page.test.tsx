import { fireEvent, screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { ScoringConfig } from "@/features/scores/api";
import { ScoringPage } from "@/features/scores/components/scoring-page";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { problem, route, server } from "@/testing/server";

const first = { tests: 40, detection_rules: 20, d3fend: 15, freshness: 15, platform_diversity: 10, reason: "", valid_from: null, valid_until: null, decided_by: null };
const config: ScoringConfig = { ...first, formula: 1, history: [first] };
const moves = [{ attack_id: "TA0002", name: "Execution", before: 40, after: 38.5 }];

function serve(sent: unknown[]) {
  server.use(
    route.get("/scores/config", () => HttpResponse.json(config)),
    route.post("/scores/config/preview", async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({
        domain: "enterprise",
        as_of: "2026-01-01T00:00:00Z",
        current: { profile: null, in_scope: 12, tested: 60 },
        preview: { profile: null, in_scope: 12.4, tested: 59 },
        tactics: moves,
        techniques: [],
      });
    }),
  );
}

describe("scoring", () => {
  it("shows the effect of other weights and keeps them with a reason", async () => {
    const sent: unknown[] = [];
    let saved: unknown;
    serve(sent);
    server.use(
      route.put("/scores/config", async ({ request }) => {
        saved = await request.json();
        return HttpResponse.json(config);
      }),
    );
    const { user } = renderPage(<ScoringPage />);
    const organisation = await screen.findByRole("table", { name: "The organisation" });
    expect(within(organisation).getByRole("row", { name: /in scope/ })).toHaveTextContent("12.012.4+0.4");
    expect(within(organisation).getByRole("row", { name: /tested/ })).toHaveTextContent("60.059.0−1.0");
    expect(within(organisation).getByRole("row", { name: /threat profile/ })).toHaveTextContent("––");
    expect(screen.getByRole("button", { name: "Use these weights" })).toBeDisabled();
    await expectAccessible("light");
    fireEvent.change(screen.getByRole("slider", { name: "Tests" }), { target: { value: "60" } });
    expect(await screen.findByText("50.0 %")).toBeInTheDocument();
    await user.type(screen.getByLabelText("Reason"), "Tests say more");
    await user.click(screen.getByRole("button", { name: "Use these weights" }));
    expect(await screen.findByText("The weights are changed.")).toBeInTheDocument();
    expect(saved).toEqual({ tests: 60, detection_rules: 20, d3fend: 15, freshness: 15, platform_diversity: 10, reason: "Tests say more" });
    expect(sent[0]).toEqual({ tests: 40, detection_rules: 20, d3fend: 15, freshness: 15, platform_diversity: 10, reason: "" });
    await expectAccessible("dark");
  });

  it("does not ask with nothing weighed, and says why saving was refused", async () => {
    serve([]);
    server.use(route.put("/scores/config", () => problem(422, "invalid", "At least one weight must be above 0.")));
    renderPage(<ScoringPage />);
    await screen.findByRole("table", { name: "The organisation" });
    for (const slider of screen.getAllByRole("slider")) fireEvent.change(slider, { target: { value: "0" } });
    expect(await screen.findByText("At least one weight must be above 0.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Use these weights" })).toBeDisabled();
  });
});
