// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { lazy, Suspense } from "react";
import { afterEach, expect, test, vi } from "vitest";
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
