// @vitest-environment happy-dom
import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Session } from "../../data/session.ts";
import { show } from "../../testing/render.tsx";
import DevicePage from "./device-page.tsx";

beforeEach(() => localStorage.clear());
afterEach(cleanup);

test("a device that is opened while nothing can be reached has its name, and a way back", () => {
  show(<DevicePage deviceId="press-1" />, new Session({ now: () => 0 }));
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("press-1");
  expect(screen.getByRole("link", { name: "Fleet" }).getAttribute("href")).toBe("#/");
});
