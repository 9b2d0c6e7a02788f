import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { ProfileEntry } from "@/features/scores/api";
import { ProfilePage } from "@/features/scores/components/profile-page";
import { expectAccessible } from "@/testing/axe";
import { adminMe, renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";

const lead = { ...adminMe, username: "lead", role: "red_lead" as const, permissions: ["knowledge:read" as const, "threat_profile:decide" as const] };
const entry: ProfileEntry = {
  id: "00000000-0000-4000-8000-000000000901",
  kind: "actor",
  actor: "G0016",
  technique: null,
  subject_id: "00000000-0000-4000-8000-000000000902",
  name: "Cold Harbour",
  priority: 3,
  reason: "Named in our sector's advisory.",
  valid_from: "2026-01-01T00:00:00Z",
  until: null,
  decided_by: "lead",
  in_force: true,
  ended_at: null,
  ended_reason: null,
};

describe("threat profile", () => {
  it("sends the whole profile again with one entry changed, or left out", async () => {
    const sent: unknown[] = [];
    server.use(
      route.get("/threat-profile", () => HttpResponse.json(page([entry]))),
      route.put("/threat-profile", async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(page([entry]));
      }),
    );
    const { user } = renderPage(<ProfilePage />, { me: lead });
    expect(await screen.findByRole("link", { name: "Cold Harbour" })).toHaveAttribute("href", "/threat-actors/G0016");
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Change Cold Harbour" }));
    const dialog = await screen.findByRole("dialog", { name: "Cold Harbour" });
    await user.selectOptions(within(dialog).getByLabelText("Priority"), "1");
    await expectAccessible("dark");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect(await screen.findByText("The threat profile is changed.")).toBeInTheDocument();
    await user.click(await screen.findByRole("button", { name: "Take out Cold Harbour" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Take out" }));
    expect(sent).toEqual([{ items: [{ actor: "G0016", priority: 1, reason: entry.reason }], reason: "" }, { items: [], reason: "" }]);
  });

  it("adds an actor that was looked for, and says why it is refused", async () => {
    server.use(
      route.get("/threat-profile", () => HttpResponse.json(page([]))),
      route.get("/threat-actors", () => HttpResponse.json(page([{ attack_id: "G0016", name: "Cold Harbour", aliases: ["Ice Pier"] }]))),
      route.put("/threat-profile", () => problem(422, "invalid", "The end lies in the past.")),
    );
    const { user } = renderPage(<ProfilePage />, { me: lead });
    expect(await screen.findByText("Nobody has said yet who matters to us")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Add an actor" }));
    const dialog = await screen.findByRole("dialog", { name: "Add an actor" });
    await user.click(within(dialog).getByRole("button", { name: "Add to the profile" }));
    expect(await within(dialog).findByText("Say why it matters to us.")).toBeInTheDocument();
    await user.type(within(dialog).getByLabelText(/^Reason/), "Advisory");
    await user.click(within(dialog).getByRole("button", { name: "Add to the profile" }));
    expect(await within(dialog).findByText("Choose one.")).toBeInTheDocument();
    await user.type(within(dialog).getByRole("combobox", { name: /Threat actor/ }), "cold");
    await user.click(await screen.findByRole("option", { name: /Cold Harbour/ }));
    await user.click(within(dialog).getByRole("button", { name: "Add to the profile" }));
    expect(await within(dialog).findByText("The end lies in the past.")).toBeInTheDocument();
  });

  it("offers nothing to those who only read", async () => {
    server.use(route.get("/threat-profile", () => HttpResponse.json(page([{ ...entry, in_force: false, ended_at: entry.valid_from }]))));
    renderPage(<ProfilePage />, { me: viewerMe });
    expect(await screen.findByText("Ended")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: /Add|Change|Take/ })).not.toBeInTheDocument();
  });
});
