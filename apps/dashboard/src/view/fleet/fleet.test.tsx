// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "../../data/session.ts";
import { HOSTILE_NAMES, message } from "../../testing/messages.ts";
import { liveSession, show } from "../../testing/render.tsx";
import Fleet from "./fleet.tsx";

beforeEach(() => localStorage.clear());
afterEach(cleanup);

function sessionOf(readings: Readonly<Record<string, Readonly<Record<string, number>>>>, receivedAt = 9_900) {
  const session = liveSession();
  for (const [deviceId, values] of Object.entries(readings)) {
    session.listener.onMessages([
      message({
        deviceId,
        receivedAt,
        readings: Object.entries(values).map(([sensor, value]) => ({ sensor, value, unit: "°C" })),
      }),
    ]);
  }
  return session;
}

const shownDevices = () =>
  [...document.querySelectorAll("[data-device]")].map((element) => element.getAttribute("data-device"));

test("each device has a card with its newest values, and leads to its page", () => {
  show(<Fleet />, sessionOf({ "press-2": { temperature: 20.5 }, "press-10": { humidity: 61 } }));
  expect(shownDevices()).toEqual(["press-2", "press-10"]);
  const card = document.querySelector<HTMLAnchorElement>('[data-device="press-2"]');
  expect(card?.textContent).toContain("20.5");
  expect(card?.textContent).toContain("°C");
  expect(card?.getAttribute("href")).toBe("#/device/press-2");
});

test("the search looks at devices and sensors, the list of sensors at one of them", async () => {
  show(<Fleet />, sessionOf({ a: { temperature: 1 }, b: { humidity: 2 }, c: { temperature: 3 } }));
  const search = screen.getByRole("searchbox");
  fireEvent.change(search, { target: { value: "humid" } });
  expect(shownDevices()).toEqual(["b"]);
  fireEvent.change(search, { target: { value: "nothing like it" } });
  fireEvent.click(screen.getByRole("button", { name: "Show all" }));
  expect(shownDevices()).toEqual(["a", "b", "c"]);
  fireEvent.change(screen.getByLabelText("Sensor"), { target: { value: "temperature" } });
  expect(shownDevices()).toEqual(["a", "c"]);
});

test("a state shows the devices that are in it, with how many there are", async () => {
  const session = sessionOf({ old: { temperature: 1 } }, -200_000);
  session.listener.onMessages([message({ deviceId: "new", receivedAt: 9_900 })]);
  show(<Fleet />, session);
  const states = within(screen.getByRole("group", { name: "State" }));
  fireEvent.click(states.getByRole("button", { name: "Silent 1" }));
  await waitFor(() => expect(shownDevices()).toEqual(["old"]));
  fireEvent.click(states.getByRole("button", { name: "Live 1" }));
  await waitFor(() => expect(shownDevices()).toEqual(["new"]));
});

test("the order is by name, by age, by number of messages, or with trouble first", () => {
  const session = sessionOf({ a: { temperature: 1 } }, 2_000);
  session.listener.onMessages([
    message({
      deviceId: "b",
      receivedAt: 8_000,
      warnings: ["not-json"] as never,
      format: "text",
      readings: [],
    }),
    message({ deviceId: "c", receivedAt: 5_000 }),
    message({ deviceId: "c", receivedAt: 5_000 }),
  ]);
  show(<Fleet />, session);
  const sort = screen.getByLabelText("Sort");
  for (const [by, order] of [
    ["fresh", ["b", "c", "a"]],
    ["rate", ["c", "a", "b"]],
    ["state", ["b", "a", "c"]],
    ["name", ["a", "b", "c"]],
  ] as const) {
    fireEvent.change(sort, { target: { value: by } });
    expect(shownDevices()).toEqual(order);
  }
});

test("while the page is not connected, devices are neither called silent nor sorted as trouble", async () => {
  const session = sessionOf({ old: { temperature: 1 } }, -200_000);
  session.listener.onMessages([message({ deviceId: "new", receivedAt: 9_900 })]);
  show(<Fleet />, session);
  fireEvent.change(screen.getByLabelText("Sort"), { target: { value: "state" } });
  expect(shownDevices()).toEqual(["old", "new"]);
  act(() =>
    session.listener.onLink({
      type: "waiting",
      problem: { code: "relay-unreachable", message: null },
      retryAt: null,
    }),
  );
  const states = within(screen.getByRole("group", { name: "State" }));
  await waitFor(() => expect(states.getByRole("button", { name: "Not known 2" })).toBeDefined());
  for (const name of ["Live 0", "Quiet 0", "Silent 0"])
    expect(states.getByRole("button", { name })).toBeDefined();
  await waitFor(() => expect(shownDevices()).toEqual(["new", "old"]));
  const freshness = () =>
    [...document.querySelectorAll("[data-freshness]")].map((card) => card.getAttribute("data-freshness"));
  await waitFor(() => expect(freshness()).toEqual(["unknown", "unknown"]), { timeout: 3_000 });
});

test("what devices call themselves is text", () => {
  const session = liveSession();
  for (const name of HOSTILE_NAMES) {
    session.listener.onMessages([
      message({ deviceId: name, receivedAt: 9_900, readings: [{ sensor: name, value: name, unit: name }] }),
    ]);
  }
  show(<Fleet />, session);
  expect(document.querySelector("script, [onerror]")).toBeNull();
  expect(document.body.textContent).toContain("<img src=x onerror=alert(1)>");
  expect(document.body.textContent).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  // The 10,000 characters are in the document no more than a few times 160.
  expect(document.body.textContent?.match(/x{100}/g)?.length ?? 0).toBeLessThan(20);
});

test("without a device it says why: none yet, or no connection", () => {
  const { view } = show(<Fleet />);
  expect(screen.getByText("No device yet")).toBeDefined();
  view.unmount();
  const session = new Session({ now: () => 0 });
  session.refuse({ code: "token-refused", message: null });
  show(<Fleet />, session);
  expect(screen.getByText("Not connected")).toBeDefined();
});

test("the search, the filters and the order are still there after a look at a device; order and view after a reload", async () => {
  const session = sessionOf({ a: { temperature: 1 }, b: { humidity: 2 }, c: { temperature: 3 } });
  const { view } = show(<Fleet />, session);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "temp" } });
  fireEvent.change(screen.getByLabelText("Sort"), { target: { value: "rate" } });
  fireEvent.click(screen.getByRole("button", { name: "Rows" }));
  view.unmount();
  const settings = () => ({
    search: (screen.getByRole("searchbox") as HTMLInputElement).value,
    sort: (screen.getByLabelText("Sort") as HTMLSelectElement).value,
    rows: screen.getByRole("button", { name: "Rows" }).getAttribute("aria-pressed"),
  });
  const again = show(<Fleet />, session);
  expect(settings()).toEqual({ search: "temp", sort: "rate", rows: "true" });
  expect(shownDevices()).toEqual(["a", "c"]);
  again.view.unmount();
  show(<Fleet />, sessionOf({ a: { temperature: 1 } }));
  expect(settings()).toEqual({ search: "", sort: "rate", rows: "true" });
});

test("the tile of the devices speaks of the whole fleet, whatever is searched for", () => {
  show(<Fleet />, sessionOf({ a: { temperature: 1 }, b: { humidity: 2 } }));
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "nothing like it" } });
  const tile = screen.getByRole("heading", { name: "Devices" }).parentElement;
  expect(tile?.textContent).toContain("2of 2");
});

test("nobody says that nothing is unusual while nothing is received", async () => {
  const session = sessionOf({ a: { temperature: 1 } });
  show(<Fleet />, session);
  const tile = screen.getByRole("heading", { name: "Worth a look" }).parentElement;
  expect(tile?.textContent).toContain("0Nothing unusual");
  act(() =>
    session.listener.onLink({
      type: "waiting",
      problem: { code: "relay-unreachable", message: null },
      retryAt: null,
    }),
  );
  await waitFor(() => expect(tile?.textContent).toContain("–Not known"));
});

test("an order by messages stands still for five seconds, and while the keyboard is within the list", () => {
  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  const session = sessionOf({ a: { temperature: 1 }, b: { temperature: 2 } });
  const { view } = show(<Fleet />, session);
  fireEvent.change(screen.getByLabelText("Sort"), { target: { value: "rate" } });
  expect(shownDevices()).toEqual(["a", "b"]);
  const search = screen.getByRole("searchbox");
  const look = (deviceId: string) => {
    session.listener.onMessages([message({ deviceId, receivedAt: 9_900 })]);
    for (const value of [" ", ""]) fireEvent.change(search, { target: { value } });
    return shownDevices();
  };
  expect(look("b")).toEqual(["a", "b"]);
  expect(look("c")).toEqual(["a", "b", "c"]);
  clock.mockReturnValue(5_001);
  expect(look("b")).toEqual(["b", "a", "c"]);
  document.querySelector<HTMLElement>('[data-device="c"]')?.focus();
  for (const at of [20_000, 30_000, 40_000]) {
    clock.mockReturnValue(at);
    expect(look("a")).toEqual(["b", "a", "c"]);
  }
  (document.activeElement as HTMLElement | null)?.blur();
  expect(look("a")).toEqual(["a", "b", "c"]);
  clock.mockRestore();
  view.unmount();
});
