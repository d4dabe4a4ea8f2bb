// @vitest-environment happy-dom
import { cleanup, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DeviceDetail } from "../../data/device-detail.ts";
import { Session } from "../../data/session.ts";
import { message } from "../../testing/messages.ts";
import { show } from "../../testing/render.tsx";
import { SeriesTable } from "./series-table.tsx";

beforeEach(() => localStorage.clear());
afterEach(cleanup);

interface Opened {
  readonly session: Session;
  /** Sends a reading at a time, in seconds. */
  readonly send: (seconds: number, sensor: string, value: number | string, isStored?: boolean) => void;
  readonly show: (seconds: number) => void;
}

function open(): Opened {
  const clock = { seconds: 0 };
  const now = () => clock.seconds * 1_000;
  const session = new Session({ now });
  session.listener.onLink({ type: "live", since: 0 });
  const detail = new DeviceDetail({ deviceId: "d1", store: session.store, history: undefined, now });
  return {
    session,
    send: (seconds, sensor, value, retained = false) => {
      clock.seconds = Math.max(clock.seconds, seconds);
      const readings = [{ sensor, value, unit: null }];
      session.listener.onMessages([message({ receivedAt: seconds * 1_000, retained, readings })]);
    },
    show: (seconds) => {
      clock.seconds = seconds;
      show(
        <SeriesTable
          device={session.store.devices.get("d1")}
          detail={detail}
          colourOf={() => "#000"}
          range={() => ({ from: 0, to: now() })}
          hidden={new Set()}
          onToggle={() => {}}
        />,
        session,
      );
    },
  };
}

const row = (sensor: string) => screen.getByRole("row", { name: new RegExp(sensor) });
/** The cell of the newest value: its text, and whether it is muted. */
const latest = (sensor: string) => {
  const cell = row(sensor).querySelectorAll("td")[1];
  return [cell?.textContent, cell?.className.split(" ").includes("text-muted")];
};

test("a sensor that is silent while others of its device go on is muted, with its age, until it speaks again", async () => {
  const { send, show, session } = open();
  for (let second = 1; second <= 300; second += 1) {
    send(second, "flow", 5);
    if (second <= 170) send(second, "depth", 7);
    if (second % 60 === 0) send(second, "battery", 3);
    if (second % 60 === 30) send(second, "mode", "manual");
  }
  show(329);
  expect(latest("depth")).toEqual(["7 2 min ago", true]);
  expect(row("depth").dataset.freshness).toBe("silent");
  // Each by its own pace, whether it can be drawn or not.
  expect(latest("flow")).toEqual(["5 ", false]);
  expect(latest("battery")).toEqual(["3 ", false]);
  expect(latest("mode")).toEqual(["manual ", false]);
  send(329, "depth", 8);
  await waitFor(() => expect(latest("depth")).toEqual(["8 ", false]));
  // Nobody knows who is silent while nothing is received.
  send(420, "flow", 6);
  await waitFor(() => expect(row("depth").dataset.freshness).toBe("silent"));
  const problem = { code: "relay-unreachable", message: null };
  session.listener.onLink({ type: "waiting", problem, retryAt: null });
  await waitFor(() => expect(latest("depth")).toEqual(["8 ", false]));
});

test("of a value that the broker had in store no age is known", () => {
  const { send, show } = open();
  send(1, "depth", 7, true);
  for (let second = 1; second <= 100; second += 1) send(second, "flow", 5);
  show(100);
  expect(latest("depth")).toEqual(["7 not since this page was opened", true]);
  expect(latest("flow")).toEqual(["5 ", false]);
});
