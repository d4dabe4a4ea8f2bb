// @vitest-environment happy-dom
import { cleanup, render, waitFor } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Session } from "../data/session.ts";
import { liveSession } from "../testing/render.tsx";
import { Arrival, noteArrival } from "./arrival.tsx";
import type { Route } from "./route.ts";
import { SessionContext } from "./session-context.tsx";

afterEach(cleanup);

/** The page as it is built: the view, and beside it what brings the focus there. */
function Page({ session, route }: { readonly session: Session; readonly route: Route }) {
  return (
    <SessionContext value={{ session, leave: () => {} }}>
      <main id="content" key={route.view}>
        <h1 tabIndex={-1}>{route.view}</h1>
        {route.view === "fleet" && (
          <a href="#/device/b" data-device="b">
            b
          </a>
        )}
        <Arrival route={route} />
      </main>
    </SessionContext>
  );
}

const focused = () => document.activeElement?.textContent;
const FLEET = { view: "fleet" } as const;
const device = (deviceId: string) => ({ view: "device", deviceId }) as const;

test("the heading of a page that opens has the focus, and on the way back the card that was looked at", async () => {
  const session = liveSession();
  const page = render(<Page session={session} route={FLEET} />);
  expect(document.activeElement).toBe(document.body);
  page.rerender(<Page session={session} route={device("b")} />);
  expect(focused()).toBe("device");
  page.rerender(<Page session={session} route={FLEET} />);
  expect(focused()).toBe("b");
  page.rerender(<Page session={session} route={device("gone")} />);
  page.rerender(<Page session={session} route={FLEET} />);
  await waitFor(() => expect(focused()).toBe("fleet"));
});

test("after connecting by the form, the heading has the focus", () => {
  const session = liveSession();
  noteArrival(session);
  render(<Page session={session} route={FLEET} />);
  expect(focused()).toBe("fleet");
});
