// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { show } from "../testing/render.tsx";
import { StateBanner } from "./state-banner.tsx";

beforeEach(() => localStorage.clear());
afterEach(cleanup);

const status = () => screen.getByRole("status").textContent;
const problem = { code: "relay-unreachable", message: null };

test("while all is well there is nothing to say", () => {
  show(<StateBanner />);
  expect(status()).toBe("");
});

test.each(["relay", "direct"] as const)(
  "waiting says why and for how long, and a try can be made at once, as %s",
  (kind) => {
    const { session } = show(<StateBanner />);
    let tries = 0;
    session.attach({
      kind,
      address: "https://relay.example",
      retryNow: () => {
        tries += 1;
      },
      checkNow: () => {},
      close: () => {},
    });
    act(() => session.listener.onLink({ type: "waiting", problem, retryAt: Date.now() + 60_000 }));
    expect(status()).toMatch(/^The relay cannot be reached\..*next try in (59|60|61) s/);
    fireEvent.click(screen.getByRole("button", { name: "Try now" }));
    expect(tries).toBe(1);
  },
);

test("the relay's own trouble with the broker is told as such, in words or in the relay's own", () => {
  const { session } = show(<StateBanner />);
  const waiting = (code: string, message: string | null) =>
    act(() => session.listener.onUpstream({ type: "waiting", problem: { code, message }, retryAt: null }));
  waiting("network", null);
  expect(status()).toMatch(/^The relay has lost the broker.*The broker cannot be reached\./);
  waiting("something-new", "A <b>new</b> kind of trouble.");
  expect(status()).toContain("A <b>new</b> kind of trouble.");
  expect(document.querySelector("b")).toBeNull();
});

test("a refusal says what to do, and leads back to the connection", () => {
  const shown = show(<StateBanner />);
  act(() => shown.session.refuse({ code: "token-refused", message: null }));
  expect(status()).toContain("Organization Settings > MQTT API Tokens");
  fireEvent.click(screen.getByRole("button", { name: "Change the connection" }));
  expect(shown.left()).toBe(1);
});
