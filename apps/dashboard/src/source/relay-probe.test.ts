import { expect, test } from "vitest";
import { probeRelay } from "./relay-probe.ts";

const probe = (answer: () => Response | Promise<Response>) =>
  probeRelay("https://relay.test", async () => answer(), new AbortController().signal);

test("a relay says whether it wants a key, and is asked without one", async () => {
  const asked: [string, Headers][] = [];
  const found = await probeRelay(
    "https://relay.test",
    async (url, init) => {
      asked.push([String(url), new Headers(init?.headers)]);
      return Response.json({ access: "keys" });
    },
    new AbortController().signal,
  );
  expect(found).toBe("key-needed");
  expect(asked.map(([url]) => url)).toEqual(["https://relay.test/v1/access"]);
  expect(asked[0]?.[1].has("authorization")).toBe(false);
  expect(await probe(() => Response.json({ access: "open" }))).toBe("open");
});

test("whatever else answers, or nothing, is no relay", async () => {
  const page = new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
  expect(await probe(() => page)).toBe("none");
  expect(await probe(() => Response.json({ access: "maybe" }))).toBe("none");
  expect(await probe(() => Response.json(null))).toBe("none");
  expect(await probe(() => new Response("no", { status: 404 }))).toBe("none");
  expect(await probe(() => Promise.reject(new TypeError("unreachable")))).toBe("none");
});
