import { openBox, startProgram } from "@tesa/platform/testing";
import { freePort } from "@tesa/workspace/free-port";
import { expect, test, vi } from "vitest";

const APP = import.meta.dirname;
const START_MS = 90_000;

test("npm start serves the editor with the node, and the dashboard page", {
  timeout: 2 * START_MS,
}, async () => {
  await using box = await openBox();
  const port = await freePort();
  await using program = startProgram({
    command: [process.execPath, "--conditions=tesa-source", "start.mjs"],
    cwd: APP,
    env: { ...box.env, PORT: String(port), MQTT_CLIENT_ID: `editor-${process.pid}` },
  });
  const get = (path: string, accept = "*/*") =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept } });
  await vi.waitFor(() => expect(program.stdout).toContain("Connected to broker"), {
    timeout: START_MS,
    interval: 100,
  });
  expect((await get("/")).status).toBe(200);
  const nodes = (await (await get("/nodes", "application/json")).json()) as Record<string, unknown>[];
  const ours = nodes.filter(({ module }) => module === "node-red-contrib-tesa");
  expect(ours).toMatchObject([{ name: "tesa-stream", types: ["tesa-stream"], enabled: true }]);
  expect(ours[0]).not.toHaveProperty("err");
  const help = await (await get("/nodes", "text/html")).text();
  expect(help).toContain('data-help-name="tesa-stream"');
  expect((await get("/dashboard/telemetry")).status).toBe(200);
  const setup = await (await get("/dashboard/_setup")).text();
  expect(setup).toContain("/dashboard/socket.io");
});

test("npm start says what is wrong with the settings, and does not start", {
  timeout: START_MS,
}, async () => {
  await using program = startProgram({
    command: [process.execPath, "--conditions=tesa-source", "start.mjs"],
    cwd: APP,
    env: { MQTT_BROKER_URL: "nowhere" },
  });
  const { code, stderr } = await program.result;
  expect(code).toBe(78);
  for (const name of ["MQTT_API_TOKEN", "MQTT_BROKER_URL"]) expect(stderr).toContain(name);
});
