import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { GapsPage } from "@/features/findings/components/gaps-page";
import { expectAccessible } from "@/testing/axe";
import { misses, quickWin } from "@/testing/measures";
import { adminMe, renderPage } from "@/testing/render";
import { page, route, server } from "@/testing/server";

const lead = { ...adminMe, permissions: [...adminMe.permissions, "finding:manage" as const] };

describe("misses and quick wins", () => {
  it("narrows both lists and their links to one environment", async () => {
    const asked: string[] = [];
    const answer = (body: Record<string, unknown>) => ({ request }: { request: Request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(body);
    };
    server.use(
      route.get("/environments", () => HttpResponse.json(page(["Offices", "Plant"].map((name) => ({ id: name.toLowerCase(), name, description: "", is_default: false, is_active: true, platforms: [] }))))),
      route.get("/metrics/misses-by-cause", answer(misses)),
      route.get("/metrics/quick-wins", answer(page([quickWin]))),
    );
    const { user } = renderPage(<GapsPage />, { path: "/findings/gaps", at: "/findings/gaps?domain=ics" });
    await user.selectOptions(await screen.findByLabelText("Environment"), "Plant");
    await waitFor(() => expect(asked).toEqual(expect.arrayContaining(["?domain=ics&environment=plant", "?domain=ics&limit=25&offset=0&environment=plant"])));
    expect(await screen.findByRole("link", { name: "7 tests: Telemetry not forwarded" })).toHaveAttribute("href", "/tests?domain=ics&miss_cause=not_forwarded&environment=plant");
    expect(screen.getByRole("link", { name: "Open ones" })).toHaveAttribute("href", "/findings?cause=not_forwarded&open=true&environment=plant");
    await user.selectOptions(screen.getByLabelText("Environment"), "");
    await waitFor(() => expect(screen.getByRole("link", { name: "Open ones" })).toHaveAttribute("href", "/findings?cause=not_forwarded&open=true"));
  });

  it("shows causes with their owners and techniques that lack a rule, and lets leads name owners", async () => {
    let body: unknown;
    server.use(
      route.get("/environments", () => HttpResponse.json(page([]))),
      route.get("/metrics/misses-by-cause", () => HttpResponse.json(misses)),
      route.get("/metrics/quick-wins", () => HttpResponse.json(page([quickWin]))),
      route.get("/findings/owners", () => HttpResponse.json({ owners: { not_forwarded: "Log platform", no_rule: "Detection engineering" } })),
      route.put("/findings/owners", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json({ owners: {} });
      }),
    );
    const { user } = renderPage(<GapsPage />, { me: lead });
    const causes = await screen.findByRole("table", { name: /Misses by cause/ });
    expect(within(causes).getByRole("row", { name: /Telemetry not forwarded/ })).toHaveTextContent("Telemetry not forwardedLog platform7521T0001and 21 more");
    expect(within(causes).getByRole("link", { name: "Open ones" })).toHaveAttribute("href", "/findings?cause=not_forwarded&open=true");
    const numbers = within(causes).getAllByRole("link", { name: /^\d+ tests?: / });
    expect(Object.fromEntries(numbers.map((link) => [link.getAttribute("aria-label"), link.getAttribute("href")]))).toEqual({
      "7 tests: Telemetry not forwarded": "/tests?domain=enterprise&miss_cause=not_forwarded",
      "5 tests: Telemetry not forwarded, unseen": "/tests?domain=enterprise&miss_cause=not_forwarded&detection=not_detected",
      "2 tests: Telemetry not forwarded, seen too little": "/tests?domain=enterprise&miss_cause=not_forwarded&detection=partially_detected&detection=detected",
      "1 test: Telemetry not forwarded, named beside another cause": "/tests?domain=enterprise&further_cause=not_forwarded",
      "1 test: No cause stated": "/tests?domain=enterprise&miss_cause=unstated",
      "1 test: No cause stated, unseen": "/tests?domain=enterprise&miss_cause=unstated&detection=not_detected",
    });
    expect(await screen.findByRole("link", { name: "AT-1009 Read the history" })).toHaveAttribute("href", "/tests/t9");
    expect(screen.getByText("+12.5")).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
    await user.click(screen.getByRole("button", { name: "Owners of causes" }));
    const dialog = await screen.findByRole("dialog", { name: "Owners of causes" });
    const owner = await within(dialog).findByLabelText("Telemetry not forwarded");
    await user.clear(owner);
    await user.type(owner, "Plant IT");
    await user.type(within(dialog).getByLabelText(/^Reason/), "They run it");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    await waitFor(() => expect(body).toEqual({ owners: { not_forwarded: "Plant IT" }, reason: "They run it" }));
  });
});
