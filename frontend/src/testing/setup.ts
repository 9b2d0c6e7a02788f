import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";
import { setAccessToken } from "@/api/session";
import { server } from "@/testing/server";

// jsdom lacks these; components only need them to exist.
Object.assign(window, {
  matchMedia: (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
  ResizeObserver: class {
    observe() {
      return undefined;
    }
    unobserve() {
      return undefined;
    }
    disconnect() {
      return undefined;
    }
  },
});
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.scrollTo = () => undefined;
Element.prototype.hasPointerCapture = () => false;

// jsdom lays nothing out, and charts refuse to draw into no room at all.
const rectangle = (width: number, height: number) => ({ x: 0, y: 0, top: 0, left: 0, width, height, right: width, bottom: height, toJSON: () => "" });
Element.prototype.getBoundingClientRect = function (this: Element) {
  return this.classList.contains("recharts-responsive-container") ? rectangle(480, 240) : rectangle(0, 0);
};

// A busy machine needs more than the default second, and whole documents in a failure hide its reason.
configure({
  asyncUtilTimeout: 8_000,
  getElementError: (message) => new Error(message ?? "Not found"),
});

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
  setAccessToken(null);
  localStorage.clear();
  delete document.documentElement.dataset.theme;
});
afterAll(() => server.close());
