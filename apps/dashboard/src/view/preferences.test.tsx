// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PreferencesProvider, usePreferences } from "./preferences.tsx";

beforeEach(() => localStorage.clear());
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

let chosen: ReturnType<typeof usePreferences>;
function Probe() {
  chosen = usePreferences();
  return <p>{chosen.text.fleet}</p>;
}
const show = () =>
  render(
    <PreferencesProvider>
      <Probe />
    </PreferencesProvider>,
  );

test.each([
  [["th-TH", "en"], "th"],
  [["de-DE", "th"], "th"],
  [["en-GB", "th"], "en"],
  [["de-DE"], "en"],
])("a browser that wants %j reads %s", (languages, language) => {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(languages);
  show();
  expect(chosen.language).toBe(language);
  expect(document.documentElement.lang).toBe(language);
});

test("a choice of language and theme holds at the next visit", () => {
  const { unmount } = show();
  act(() => {
    chosen.setLanguage("th");
    chosen.setTheme("dark");
  });
  expect(screen.getByText(chosen.text.fleet).textContent).not.toBe("Fleet");
  unmount();
  show();
  expect([chosen.language, chosen.theme]).toEqual(["th", "dark"]);
  expect(document.documentElement.dataset.theme).toBe("dark");
});

test("numbers and times are written as the browser's own kind of the language has them", () => {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(["de-DE", "en-IN"]);
  show();
  expect(chosen.formats.locale).toBe("en-IN");
  expect(chosen.formats.count(1_234_567)).toBe("12,34,567");
});

test("where storage is switched off, a choice holds until the page is closed", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new Error("denied");
  });
  vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
    throw new Error("denied");
  });
  show();
  act(() => chosen.setLanguage("th"));
  expect(chosen.language).toBe("th");
});
