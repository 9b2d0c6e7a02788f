import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { ActorDetail, ActorUse } from "@/features/threat-actors/api";
import { ActorPage } from "@/features/threat-actors/components/actor-page";
import { ActorsPage } from "@/features/threat-actors/components/actors-page";
import { gapsOf, usedTechniques } from "@/features/threat-actors/lib/uses";
import { expectAccessible } from "@/testing/axe";
import { renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";

const ID = "00000000-0000-4000-8000-000000000a01";
const usage = (attack_id: string, over: Partial<ActorUse> = {}): ActorUse => ({
  attack_id,
  name: `Name of ${attack_id}`,
  domain: "enterprise",
  tactics: ["alpha"],
  status: "not_evaluated",
  how: "It did so.",
  via_campaign: null,
  source: "mitre_attack",
  own: false,
  counted: true,
  references: [],
  ...over,
});
const actor: ActorDetail = {
  id: ID,
  attack_id: "G0099",
  name: "Paper Heron",
  aliases: ["Paper Heron", "Group 9"],
  description: "Writes *letters*.",
  source: "mitre_attack",
  is_custom: false,
  is_active: true,
  switched_off: false,
  country: null,
  sectors: ["energy"],
  regions: [],
  techniques: 4,
  coverage: [{ domain: "enterprise", techniques: 3, tested: 2, validated: 1, partial: 0, not_covered: 1, out_of_scope: 1 }],
  url: "https://attack.mitre.org/groups/G0099",
  version: "1.0",
  domains: ["enterprise"],
  revoked: false,
  deprecated: false,
  notes: "",
  created_by_id: null,
  references: [{ source_name: "Report", external_id: null, url: "https://example.test/report", description: "Somebody's report." }],
  technique_uses: [
    usage("T0001", { status: "validated" }),
    usage("T0002"),
    usage("T0002", { via_campaign: "C0001" }),
    usage("T0003", { status: "not_covered", own: true, source: "custom", how: "Seen in March." }),
    usage("T0004", { status: "out_of_scope", counted: false }),
  ],
  software: [{ attack_id: "S0001", name: "Hammer", software_type: "tool" }],
  campaigns: [{ attack_id: "C0001", name: "Spring", first_seen: "2025-03-01T00:00:00Z", last_seen: null }],
};
const tactics = [{ id: "t1", attack_id: "TA0001", domain: "enterprise", shortname: "alpha", name: "Alpha", description: "", url: null, position: 1, techniques: 4, subtechniques: 0 }];

function serve(shown = actor) {
  server.use(
    route.get("/threat-actors/G0099", () => HttpResponse.json(shown)),
    route.get("/tactics", () => HttpResponse.json(page(tactics))),
  );
}

describe("threat actors", () => {
  it("lists them with how we stand, and asks for what the address says", async () => {
    const asked: URLSearchParams[] = [];
    server.use(
      route.get("/threat-actors", ({ request }) => {
        asked.push(new URL(request.url).searchParams);
        return HttpResponse.json(page([actor]));
      }),
    );
    const { user } = renderPage(<ActorsPage />, { at: "/?sector=energy&technique=T0001", me: viewerMe });
    const row = (await screen.findByRole("link", { name: "Paper Heron" })).closest("tr")!;
    expect(within(row).getByText("Group 9")).toBeInTheDocument();
    expect(within(row).getByRole("img", { name: "1 validated, 0 partial, 1 not covered, 1 without a result" })).toBeInTheDocument();
    expect(Object.fromEntries(asked[0]!)).toEqual({ limit: "50", offset: "0", coverage: "true", sort: "name", sector: "energy", technique: "T0001" });
    await expectAccessible("light");
    await expectAccessible("dark");
    await user.click(screen.getByRole("button", { name: "Remove the filter Sector: energy" }));
    await waitFor(() => expect(asked.at(-1)?.has("sector")).toBe(false));
    expect(screen.queryByRole("button", { name: "New actor" })).not.toBeInTheDocument();
  });

  it("takes an actor of our own", async () => {
    let body: unknown;
    server.use(
      route.get("/threat-actors", () => HttpResponse.json(page([]))),
      route.post("/threat-actors", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json({ ...actor, attack_id: "XG0001", is_custom: true }, { status: 201 });
      }),
    );
    const { user } = renderPage(<ActorsPage />);
    await user.click(await screen.findByRole("button", { name: "New actor" }));
    await user.type(screen.getByLabelText(/^Name/), "Paper Heron");
    await user.type(screen.getByLabelText("Sectors"), "energy, transport, energy");
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Create actor" }));
    await screen.findByText("elsewhere");
    expect(body).toEqual({ name: "Paper Heron", aliases: [], description: "", url: null, country: null, sectors: ["energy", "transport"], regions: [], notes: "", techniques: [] });
  });

  it("ranks gaps: proven misses first; what does not count is none", () => {
    expect(gapsOf(usedTechniques(actor)).map((gap) => gap.attackId)).toEqual(["T0003", "T0002"]);
  });
});

describe("a threat actor", () => {
  it("shows coverage as matrix and table, gaps, uses and references", async () => {
    serve();
    renderPage(<ActorPage actorId="G0099" />, { me: viewerMe });
    const matrix = await screen.findByRole("region", { name: "Its techniques by tactic" });
    expect(within(matrix).getAllByRole("link")).toHaveLength(4);
    const table = screen.getByRole("region", { name: "Techniques and how it uses them" });
    expect(within(table).getByText("in campaign C0001")).toBeInTheDocument();
    expect(within(table).getByText("not in the figures")).toBeInTheDocument();
    expect(screen.getByText("33.3 % validated")).toBeInTheDocument();
    expect(screen.getByRole("heading", { name: "Gaps (2)" })).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Report" })).toHaveAttribute("href", "https://example.test/report");
    expect(screen.queryByRole("button", { name: "Add a technique" })).not.toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("notes what is ours on a publisher's actor, and takes our word back", async () => {
    serve();
    const sent: unknown[] = [];
    server.use(
      route.patch(`/threat-actors/${ID}`, async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(actor);
      }),
      route.delete(`/threat-actors/${ID}/techniques/T0003`, () => {
        sent.push("taken back");
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = renderPage(<ActorPage actorId="G0099" />);
    await user.click(await screen.findByRole("button", { name: "Sectors and notes" }));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).queryByLabelText(/^Name/)).not.toBeInTheDocument();
    await user.type(within(dialog).getByLabelText("Country"), "XX");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    await screen.findByText("Paper Heron is changed.");
    await user.click(screen.getByRole("button", { name: "Take back T0003" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Take back" }));
    await screen.findByText("We no longer say that Paper Heron uses T0003.");
    expect(sent).toEqual([{ country: "XX", sectors: ["energy"], regions: [], notes: "", is_active: true }, "taken back"]);
  });

  it("adds a use of ours, and deletes an actor of ours", async () => {
    serve({ ...actor, is_custom: true, source: "custom" });
    let body: unknown;
    server.use(
      route.get("/techniques", () => HttpResponse.json(page([{ attack_id: "T0009", name: "Ninth" }]))),
      route.put(`/threat-actors/${ID}/techniques/T0009`, async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(actor);
      }),
      route.delete(`/threat-actors/${ID}`, () => new HttpResponse(null, { status: 204 })),
    );
    const { user } = renderPage(<ActorPage actorId="G0099" />, { path: "/threat-actors/G0099" });
    await user.click(await screen.findByRole("button", { name: "Add a technique" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Add" }));
    expect(within(dialog).getByText("Choose a technique.")).toBeInTheDocument();
    await user.type(within(dialog).getByRole("combobox", { name: "Technique" }), "T0009");
    await user.click(await screen.findByRole("option", { name: "T0009 Ninth" }));
    await user.type(within(dialog).getByLabelText(/^How/), "In April.");
    await expectAccessible("dark");
    await user.click(within(dialog).getByRole("button", { name: "Add" }));
    await screen.findByText("On record: Paper Heron uses T0009.");
    expect(body).toEqual({ how: "In April.", references: [] });
    await user.click(screen.getByRole("button", { name: "More actions" }));
    await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Delete" }));
    expect(await screen.findByText("elsewhere")).toBeInTheDocument();
  });

  it("says when there is none", async () => {
    server.use(route.get("/threat-actors/G0099", () => problem(404, "actor_not_found", "There is no such threat actor.")));
    renderPage(<ActorPage actorId="G0099" />);
    expect(await screen.findByText("There is no such threat actor.")).toBeInTheDocument();
  });
});
