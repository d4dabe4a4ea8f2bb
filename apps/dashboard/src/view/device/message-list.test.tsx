// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DeviceDetail } from "../../data/device-detail.ts";
import { message } from "../../testing/messages.ts";
import { liveSession, show } from "../../testing/render.tsx";
import { MessageList } from "./message-list.tsx";

beforeEach(() => {
  localStorage.clear();
  // There is no layout here, and the list draws no more than what is in sight.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(360);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function List({ detail, until = null }: { readonly detail: DeviceDetail; readonly until?: number | null }) {
  const [filter, setFilter] = useState("");
  return <MessageList detail={detail} until={until} filter={filter} onFilter={setFilter} />;
}

function open() {
  const session = liveSession();
  const detail = new DeviceDetail({
    deviceId: "d1",
    store: session.store,
    history: undefined,
    now: () => 10_000,
  });
  const receive = (payload: string, receivedAt: number, format: "json" | "text" = "json") => {
    const line = `{"seq":1,"readings":[],"payload":${payload},"format":"${format}"}`;
    session.listener.onMessages([
      message({ deviceId: "d1", sensor: "level", receivedAt, format, line, readings: [] }),
    ]);
  };
  return { session, detail, receive };
}

const lines = () =>
  within(screen.getByRole("log"))
    .queryAllByRole("button")
    .map((row) => row.textContent ?? "");

test("messages stand in the order in which they came, as the device wrote them, and what cannot be read is marked", () => {
  const { session, detail, receive } = open();
  receive('{"value":9007199254740993}', 9_000);
  receive('"<b>hello</b>"', 9_100, "text");
  show(<List detail={detail} />, session);
  expect(lines()).toEqual([
    expect.stringContaining('{"value":9007199254740993}'),
    expect.stringMatching(/malformed.*<b>hello<\/b>/),
  ]);
  expect(document.querySelector("b")).toBeNull();
});

test("a filter finds messages that hold all of its words", () => {
  const { session, detail, receive } = open();
  receive('{"value":1,"mode":"Manual"}', 9_000);
  receive('{"value":2,"mode":"manual"}', 9_100);
  show(<List detail={detail} />, session);
  const filter = screen.getByRole("searchbox");
  fireEvent.change(filter, { target: { value: "manual VALUE :2" } });
  expect(lines()).toEqual([expect.stringContaining('"value":2')]);
  fireEvent.change(filter, { target: { value: "manual off" } });
  expect(screen.getByText("No message matches the filter.")).toBeDefined();
});

test("while the view stands still, what came later is not shown; live, it appears by itself", async () => {
  const { session, detail, receive } = open();
  receive('{"value":1}', 9_000);
  const { view } = show(<List detail={detail} until={9_050} />, session);
  act(() => receive('{"value":2}', 9_100));
  expect(lines()).toHaveLength(1);
  view.unmount();
  show(<List detail={detail} />, session);
  expect(lines()).toHaveLength(2);
  act(() => receive('{"value":3}', 9_200));
  await waitFor(() => expect(lines()).toHaveLength(3));
});
