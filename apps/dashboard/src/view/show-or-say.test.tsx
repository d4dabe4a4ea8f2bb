// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { lazy, type ReactElement, Suspense } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { liveSession, show } from "../testing/render.tsx";
import { lazyPart } from "./lazy-part.ts";
import { PreferencesProvider } from "./preferences.tsx";
import { ShowOrSay } from "./show-or-say.tsx";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

test("a part of the page that does not load is told of, with a button that loads the page again", async () => {
  // React says to the console what it has caught.
  vi.spyOn(console, "error").mockImplementation(() => {});
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  const Missing = lazy(() => Promise.reject(new TypeError("Failed to fetch dynamically imported module")));
  render(
    <PreferencesProvider>
      <p>still there</p>
      <ShowOrSay>
        <Suspense>
          <Missing />
        </Suspense>
      </ShowOrSay>
    </PreferencesProvider>,
  );
  await screen.findByRole("alert");
  expect(screen.getByText("still there")).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Load the page again" }));
  expect(reload).toHaveBeenCalledOnce();
});

/** A part that loads as soon as `isThere`. */
function partThatFails() {
  // React says to the console what it has caught.
  vi.spyOn(console, "error").mockImplementation(() => {});
  const server = { isThere: false };
  const Part = lazyPart<object>(async () => {
    if (!server.isThere) throw new TypeError("Failed to fetch dynamically imported module");
    return { default: (): ReactElement => <p>here it is</p> };
  });
  const page = (key: string) => (
    <ShowOrSay key={key}>
      <Suspense>
        <Part />
      </Suspense>
    </ShowOrSay>
  );
  return { server, page };
}

test("a part that did not load is loaded when it is asked for again, as often as it takes", async () => {
  const { server, page } = partThatFails();
  show(page("a"));
  const again = () => screen.findByRole("button", { name: "Try again" });
  fireEvent.click(await again());
  await act(async () => {});
  server.isThere = true;
  fireEvent.click(await again());
  expect(await screen.findByText("here it is")).toBeDefined();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a part that did not load is loaded by itself when the connection to the relay is back", async () => {
  const { server, page } = partThatFails();
  const session = liveSession();
  session.listener.onLink({ type: "connecting", attempt: 2 });
  show(page("a"), session);
  await screen.findByRole("alert");
  server.isThere = true;
  act(() => session.listener.onLink({ type: "live", since: 10_000 }));
  expect(await screen.findByText("here it is")).toBeDefined();
});

test("a part that did not load is loaded where another link leads to it", async () => {
  const { server, page } = partThatFails();
  const { view } = show(page("a"));
  await screen.findByRole("alert");
  view.unmount();
  server.isThere = true;
  show(page("b"));
  expect(await screen.findByText("here it is")).toBeDefined();
});
