import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { Environment } from "@/api/organisation";
import type { Comparison, FigureMovement, Snapshot } from "@/features/comparison/api";
import { ComparisonPage } from "@/features/comparison/components/comparison-page";
import { waterfall } from "@/features/comparison/lib/words";
import { expectAccessible } from "@/testing/axe";
import { noCounts } from "@/testing/heatmap";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";

const at = "2026-01-01T00:00:00Z";
const CLOUD = "00000000-0000-4000-8000-000000000802";
const place: Environment = { id: "00000000-0000-4000-8000-000000000801", name: "Organisation", description: "", is_default: true, is_active: true, platforms: [] };
const figure = { score: 40, n: 10, proven: 4, results: 6, met: 3 };
const snapshot: Snapshot = {
  id: "00000000-0000-4000-8000-000000000a01",
  name: "Before the upgrade",
  note: "",
  trigger: "manual",
  domain: "enterprise",
  taken_at: at,
  attack_version: "17.1",
  formula: 1,
  organization: { profile: null, in_scope: figure, tested: figure },
  out_of_scope: 0,
  techniques: 10,
  units: 10,
  by_status: noCounts,
  created_by: "lead",
};
const movement: FigureMovement = {
  base: figure,
  head: { ...figure, score: 42.3 },
  difference: 2.3,
  shown: 2.3,
  attribution: [
    { cause: "test_results", points: 3.5, shown: 3.5 },
    { cause: "time", points: -1.2, shown: -1.2 },
  ],
};
const nothing: FigureMovement = { base: null, head: null, difference: null, shown: null, attribution: [] };
const changes = { improved: 1, worsened: 1, new: 0, gone: 0, unchanged: 8 };
const standing = { status: "not_covered" as const, score: 10, proven: true, results: 1 };
const technique = { id: "t1", attack_id: "T1059.001", name: "PowerShell", parent: "T1059", tactics: ["execution"], was: [], was_named: [], change: "improved" as const, base: standing, head: { ...standing, status: "validated" as const, score: 90 }, ...{ difference: 80, shown: 80, attribution: movement.attribution } };
const comparison: Comparison = {
  domain: "enterprise",
  environment: null,
  base: { kind: "snapshot", id: snapshot.id, name: snapshot.name, as_of: at, attack_version: "17.1", formula: 1 },
  head: { kind: "now", id: null, name: null, as_of: "2026-04-01T00:00:00Z", attack_version: "18.1", formula: 1 },
  figures: { profile: nothing, in_scope: movement, tested: movement },
  by_status: { base: noCounts, head: noCounts },
  changes,
  tactics: [{ ...movement, shortname: "execution", attack_id: "TA0002", name: "Execution", changes }],
  techniques: [technique, { ...technique, id: "t2", attack_id: "T1003", name: "OS Credential Dumping", was: ["T1003.009"], was_named: ["Credential Dumping"], change: "worsened" }, { ...technique, id: "t3", attack_id: "T1678", name: "Delay Execution", change: "new", base: null, head: { status: "not_evaluated", score: 0, proven: false, results: 0 }, difference: null, shown: null, attribution: [] }],
};

describe("comparison", () => {
  it("says what changed and why, and leads to the techniques", async () => {
    const asked: string[] = [];
    server.use(
      route.get("/snapshots", () => HttpResponse.json(page([{ ...snapshot, id: "00000000-0000-4000-8000-000000000a02", name: "Just now", taken_at: new Date().toISOString() }, snapshot]))),
      route.get("/snapshots/compare", ({ request }) => {
        asked.push(new URL(request.url).search);
        return HttpResponse.json(comparison);
      }),
      route.get("/environments", () => HttpResponse.json(page([place, { ...place, id: CLOUD, name: "Cloud" }]))),
    );
    const { user } = renderPage(<ComparisonPage />);
    expect(await screen.findByText(/ATT&CK 17.1 on one side, 18.1 on the other/)).toBeInTheDocument();
    expect(screen.getByRole("img", { name: "On all that is in scope: from 40.0 to 42.3. Test results +3.5, Results that aged −1.2." })).toBeInTheDocument();
    expect(screen.queryByText("On the threat profile")).not.toBeInTheDocument();
    expect(asked).toEqual([`?base=${snapshot.id}&head=now`]);
    await expectAccessible("light");
    await user.click(screen.getAllByRole("button", { name: "Table" })[0]!);
    const table = screen.getByRole("table", { name: /in scope: what moved it/ });
    expect(within(table).getByRole("row", { name: /Together/ })).toHaveTextContent("+2.3");
    expect(within(screen.getByRole("row", { name: /T1678/ })).getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["+ New", "–", "·Not evaluated", "0.0", ""]);
    await user.click(screen.getByRole("button", { name: /Worsened/ }));
    expect(screen.queryByRole("link", { name: /PowerShell/ })).not.toBeInTheDocument();
    expect(screen.getByRole("link", { name: /OS Credential Dumping/ })).toHaveAttribute("href", "/techniques/T1003");
    expect(screen.getByText("was T1003.009, Credential Dumping")).toBeInTheDocument();
    await user.selectOptions(await screen.findByLabelText("Environment"), "Cloud");
    await waitFor(() => expect(asked.at(-1)).toBe(`?base=${snapshot.id}&head=now&environment=${CLOUD}`));
    await expectAccessible("dark");
  });

  it("takes the first snapshot, and says why one is refused", async () => {
    server.use(
      route.get("/snapshots", () => HttpResponse.json(page([]))),
      route.post("/snapshots", () => problem(409, "conflict", "Another snapshot is being taken.")),
    );
    const { user } = renderPage(<ComparisonPage />);
    expect(await screen.findByText("There is no snapshot yet")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Take a snapshot" }));
    await user.click(screen.getByRole("button", { name: "Take it" }));
    expect(await screen.findByText("Give it a name.")).toBeInTheDocument();
    await user.type(screen.getByLabelText(/^Name/), "First");
    await user.click(screen.getByRole("button", { name: "Take it" }));
    expect(await screen.findByText("Another snapshot is being taken.")).toBeInTheDocument();
  });

  it("stacks the causes from one score to the other", () => {
    expect(waterfall(40, movement.attribution).map(({ label, span }) => [label, span])).toEqual([
      ["Test results", [40, 43.5]],
      ["Results that aged", [42.3, 43.5]],
    ]);
  });
});
