// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DeviceDetail } from "../../data/device-detail.ts";
import { message } from "../../testing/messages.ts";
import { liveSession, show } from "../../testing/render.tsx";
import { prepareFilter } from "./filter-messages.ts";
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

test("a filter finds what the row or the message in full shows, and nothing else", async () => {
  localStorage.setItem("tesa.language", "en");
  const { session, detail } = open();
  const payload = '{"level":12345678901234567890,"rate":1e400}';
  session.listener.onMessages([
    message({
      deviceId: "d1",
      sensor: "tank",
      topic: "device/d1/telemetry/tank",
      warnings: ["precision-lost"],
      line: `{"seq":1,"timestamp":null,"readings":[{"unit":null}],"payload":${payload},"format":"json","qos":1}`,
    }),
  ]);
  show(<List detail={detail} />, session);
  const filter = screen.getByRole("searchbox");
  // Focus loads the words of the warnings.
  fireEvent.focus(filter);
  await act(() => prepareFilter());
  const finds = (word: string) => {
    fireEvent.change(filter, { target: { value: word } });
    return lines().length === 1;
  };
  expect(["12345678901234567890", "1e400", "telemetry/tank", "more digits"].filter(finds)).toHaveLength(4);
  expect(["qos", "seq", "receivedAt", "null", "unit", "warnings", "precision-lost"].filter(finds)).toEqual(
    [],
  );
});

test("the message in full has the digits that were sent, with line breaks", async () => {
  const { session, detail, receive } = open();
  receive('{"level":12345678901234567890,"rate":1e400,"drift":0.000000012345}', 9_000);
  show(<List detail={detail} />, session);
  fireEvent.click(within(screen.getByRole("log")).getByRole("button"));
  const dialog = await screen.findByRole("dialog");
  expect(dialog.querySelector("pre")?.textContent).toBe(
    '{\n  "level": 12345678901234567890,\n  "rate": 1e400,\n  "drift": 0.000000012345\n}',
  );
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

test("a line leaves out the time and the device that stand beside it; the message in full has them", async () => {
  const { session, detail } = open();
  const payload =
    '{ "timestamp": "2026-11-26T10:00:00Z", "device_id":"d1","temperature":25.5,"note":"a,}b" }';
  session.listener.onMessages([
    message({
      deviceId: "d1",
      timestamp: 9_000,
      receivedAt: 9_000,
      line: `{"seq":1,"readings":[],"payload":${payload},"format":"json"}`,
      readings: [],
    }),
  ]);
  show(<List detail={detail} />, session);
  expect(lines()).toEqual([expect.stringMatching(/\{"temperature":25\.5,"note":"a,\}b" \}$/)]);
  fireEvent.click(within(screen.getByRole("log")).getByRole("button"));
  const dialog = await screen.findByRole("dialog");
  expect(dialog.textContent).toContain('"timestamp": "2026-11-26T10:00:00Z"');
});

test("the count says what it counts: this list, with history, or what of it matches", () => {
  const { session, detail, receive } = open();
  receive('{"value":1}', 9_000);
  receive('{"value":2}', 9_100);
  const { view } = show(<List detail={detail} />, session);
  expect(screen.getByText("2 messages in this list")).toBeDefined();
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: ":2" } });
  expect(screen.getByText("1 of 2 messages")).toBeDefined();
  view.unmount();
  detail.history = { type: "loaded", from: 0, limited: false };
  show(<List detail={detail} />, session);
  expect(screen.getByText("2 messages in this list, with history")).toBeDefined();
});

test("what the decoder says of a message is told in the language of the page", async () => {
  localStorage.setItem("tesa.language", "th");
  const { session, detail } = open();
  session.listener.onMessages([
    message({
      deviceId: "d1",
      receivedAt: 9_000,
      warnings: ["timestamp-unreadable"],
      line: '{"seq":1,"readings":[],"payload":{"timestamp":"noon"},"format":"json"}',
    }),
  ]);
  show(<List detail={detail} />, session);
  fireEvent.click(within(screen.getByRole("log")).getByRole("button"));
  const dialog = await screen.findByRole("dialog");
  expect(dialog.textContent).toContain("อ่านเวลาในข้อความไม่ได้");
  expect(dialog.textContent).not.toContain("timestamp-unreadable");
});
