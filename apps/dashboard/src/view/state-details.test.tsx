// @vitest-environment happy-dom
import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { show } from "../testing/render.tsx";
import Details from "./state-details.tsx";

beforeEach(() => localStorage.clear());
afterEach(cleanup);

test("while nothing is received, it is not known how far the page is behind", async () => {
  const { session } = show(<Details />);
  const behind = () => screen.getByText("Behind").parentElement?.textContent;
  expect(behind()).toBe("Behind0 ms");
  act(() =>
    session.listener.onLink({
      type: "waiting",
      problem: { code: "relay-unreachable", message: null },
      retryAt: null,
    }),
  );
  await screen.findByText("–");
  expect(behind()).toBe("Behind–");
});
