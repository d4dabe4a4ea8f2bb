import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openApiDocument } from "./contract/openapi.ts";
import { PARAMETERS } from "./http/parameters.ts";
import { UPSTREAM_TYPES } from "./hub/upstream.ts";
import { RELAY_SCOPES, RELAY_VARIABLES } from "./index.ts";
import { DEFAULT_LIMITS } from "./options.ts";
import { startRelay } from "./testing/start-relay.ts";

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
// The formatter aligns tables.
const readme = read("../README.md").replaceAll(/ +/g, " ");

/** The cells of the table that begins with this header, a row each. */
function tableOf(header: string): readonly (readonly string[])[] {
  const [, rows = ""] = readme.split(`\n| ${header} |`);
  const lines = rows.split("\n\n", 1)[0]?.split("\n").slice(2) ?? [];
  expect(lines.length, `the table of ${header}`).toBeGreaterThan(0);
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands between backticks. */
function namesIn(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

/** As people write it. */
const withCommas = (value: number) => value.toLocaleString("en-US");

test("the README names every route, its method, and its parameters", () => {
  // What the document holds is JSON; of it only this is looked at.
  const { paths } = openApiDocument() as {
    paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>;
  };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters }]) => [
      `${method.toUpperCase()} ${path}`,
      parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name),
    ]),
  );
  const rows = tableOf("route").map(([route, , , parameters]) => [namesIn(route)[0], namesIn(parameters)]);
  const ofStream = rows.find(([route]) => route === "GET /v1/stream")?.[1] ?? [];
  const written = rows.map(([route, parameters]) =>
    // "those, and `ticket`"
    route === "GET /v1/ws" ? [route, [...ofStream, ...(parameters ?? [])]] : [route, parameters],
  );
  expect(new Map(written as never)).toEqual(new Map([...described, ["GET /openapi.json", []]] as never));
});

test("the README explains every parameter, variable, claim and state", () => {
  expect(tableOf("parameter").map(([name]) => namesIn(name)[0])).toEqual(
    expect.arrayContaining(Object.keys(PARAMETERS)),
  );
  const variables = tableOf("variable").map(([name, , value]) => [namesIn(name)[0], namesIn(value)[0]]);
  expect(variables).toEqual(RELAY_VARIABLES.map((variable) => [variable.name, variable.default]));
  const [, scope] = tableOf("claim").find(([claim]) => claim === "`scope`") ?? [];
  expect(namesIn(scope)).toEqual([...RELAY_SCOPES]);
  const [, , state] = tableOf("event").find(([event]) => event === "`state`") ?? [];
  expect(namesIn(state)).toEqual(expect.arrayContaining([...UPSTREAM_TYPES]));
});

test("the README has every limit with its default", () => {
  const { ring, ...limits } = DEFAULT_LIMITS;
  const rows = new Map(tableOf("option in `limits`").map(([name, , value]) => [namesIn(name)[0], value]));
  const written = Object.entries(limits).map(([name, value]) => [name, withCommas(value)]);
  expect(rows).toEqual(
    new Map([
      ...written,
      ["ring", `${withCommas(ring.maxEvents)} and ${withCommas(ring.maxBytes)} (32 MiB)`],
    ] as never),
  );
});

test("the README has every problem with each status that it comes with", () => {
  const codes = read("./http/problem.ts").match(/type ProblemCode =([^;]+);/)?.[1] ?? "";
  const rows = tableOf("code").map(([code, status]) => [namesIn(code)[0], status] as const);
  expect(rows.map(([code]) => code)).toEqual([...codes.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code));
  const statuses = new Map(rows);
  const files = [
    "./relay.ts",
    "./http/guard.ts",
    "./keys/authorize.ts",
    "./keys/tickets.ts",
    "./routes/socket.ts",
  ];
  const thrown = files.flatMap((file) => [...read(file).matchAll(/new Problem\(\s*(\d+),\s*"([a-z-]+)"/g)]);
  expect(thrown.length).toBeGreaterThan(10);
  for (const [, status = "", code = ""] of thrown) expect(statuses.get(code), code).toContain(status);
});

test("the README has every metric, and no other", async () => {
  const counts = { received: 0, redelivered: 0, rejected: 0, dropped: 0, reconnects: 0, gaps: 0 };
  await using server = await startRelay({
    stream: { state: { type: "idle" }, status: async function* () {}, counts },
  });
  const scrape = await (await fetch(`${server.url}/metrics`)).text();
  const served = [...scrape.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(
    tableOf("metric")
      .flatMap(([name]) => namesIn(name))
      .toSorted(),
  ).toEqual(served.toSorted());
});
