// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Remembered } from "../source/secrets.ts";
import type { Problem } from "../source/source.ts";
import Connect from "./connect.tsx";
import { PreferencesProvider, usePreferences } from "./preferences.tsx";

const CONFIG = {
  relay: "https://relay.example",
  brokerUrl: "wss://mqtt.example/mqtt",
  topic: "device/+/telemetry/#",
};
const TOKEN = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function Switch() {
  const { setLanguage } = usePreferences();
  return (
    <button type="button" onClick={() => setLanguage("th")}>
      th
    </button>
  );
}

function showForm(given: Partial<Parameters<typeof Connect>[0]> = {}) {
  const onConnect = vi.fn<(wanted: Remembered) => Promise<Problem | null>>(async () => null);
  render(
    <PreferencesProvider>
      <Switch />
      <Connect
        config={CONFIG}
        keyNeeded={false}
        last={null}
        refusal={null}
        onConnect={onConnect}
        onCancel={null}
        {...given}
      />
    </PreferencesProvider>,
  );
  return onConnect;
}

const type = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
const submit = () => fireEvent.click(screen.getByRole("button", { name: "Connect" }));

test("a relay is connected to with its address, without what it ends in, and the key", async () => {
  const onConnect = showForm();
  type("Address of the relay", " https://relay.example/v1/ ");
  type("Key", " key ");
  submit();
  await waitFor(() => expect(onConnect).toHaveBeenCalled());
  expect(onConnect).toHaveBeenCalledWith({ kind: "relay", url: "https://relay.example", secret: "key" });
  expect(sessionStorage.length).toBe(0);
});

test("a key that is needed is asked for", () => {
  showForm({ keyNeeded: true });
  expect(screen.getByText(/^This relay wants a key/)).toBeDefined();
});

test("the platform is offered first where there is no relay, and wants a token", async () => {
  const onConnect = showForm({ config: { ...CONFIG, relay: null } });
  submit();
  await screen.findByText("The token is missing.");
  expect(onConnect).not.toHaveBeenCalled();
});

test("a token is remembered in this tab if the box is ticked, and forgotten at the next connect without", async () => {
  const onConnect = showForm({ config: { ...CONFIG, relay: null } });
  type("MQTT API token", TOKEN);
  fireEvent.click(screen.getByRole("checkbox"));
  submit();
  await waitFor(() => expect(JSON.stringify({ ...sessionStorage })).toContain(TOKEN));
  expect(JSON.stringify({ ...localStorage })).not.toContain(TOKEN);
  fireEvent.click(screen.getByRole("checkbox"));
  submit();
  await waitFor(() => expect(sessionStorage.length).toBe(0));
  expect(onConnect).toHaveBeenLastCalledWith({
    kind: "direct",
    url: CONFIG.brokerUrl,
    topic: CONFIG.topic,
    secret: TOKEN,
  });
});

test("what is missing is told at once, all of it", async () => {
  const onConnect = showForm({ config: { ...CONFIG, relay: null } });
  type("Broker URL", " ");
  type("Topic filter", "");
  submit();
  await screen.findByText("The token is missing.");
  expect(screen.getByText("The broker URL is missing.")).toBeDefined();
  expect(screen.getByText("The topic filter is missing.")).toBeDefined();
  expect(onConnect).not.toHaveBeenCalled();
});

test.each([
  ["en", "Connect", "This broker URL cannot be used."],
  ["th", "เชื่อมต่อ", "ใช้ URL ของโบรกเกอร์นี้ไม่ได้"],
])(
  "every problem of the settings is told in %s, with the details, and can be put right",
  async (language, connect, words) => {
    localStorage.setItem("tesa.language", language);
    const onConnect = showForm({ config: { ...CONFIG, relay: null } });
    const problems = [
      { setting: "brokerUrl", detail: "The URL is none." },
      { setting: null, detail: "Nor the rest." },
    ];
    onConnect.mockRejectedValueOnce(Object.assign(new Error("x"), { problems }));
    type("MQTT API token", TOKEN);
    fireEvent.click(screen.getByRole("button", { name: connect }));
    const detail = await screen.findByText("The URL is none.");
    expect(detail.getAttribute("lang")).toBe("en");
    expect(screen.getAllByRole("alert")[0]?.textContent).toContain(words);
    expect(screen.getByText("Nor the rest.")).toBeDefined();
    fireEvent.click(screen.getByRole("button", { name: connect }));
    await waitFor(() => expect(screen.queryByText("The URL is none.")).toBeNull());
  },
);

test("a secret is hidden until it is asked for, and never filled in from what was tried last", () => {
  showForm({
    last: { kind: "direct", url: "wss://other.example/mqtt", topic: "device/d1/telemetry/#", secret: TOKEN },
  });
  const field = screen.getByLabelText("MQTT API token") as HTMLInputElement;
  expect([field.type, field.value]).toEqual(["password", ""]);
  expect((screen.getByLabelText("Broker URL") as HTMLInputElement).value).toBe("wss://other.example/mqtt");
  fireEvent.click(screen.getByRole("button", { name: "Show: MQTT API token" }));
  expect(field.type).toBe("text");
});

test.each([
  ["Key", null, { code: "relay-key-refused", message: null }, "The relay refused the key.", "รีเลย์ปฏิเสธคีย์"],
  ["Address of the relay", null, { code: "relay-not-found", message: null }, "There is no relay", "ไม่พบรีเลย์"],
  [
    "MQTT API token",
    "direct",
    { code: "token-refused", message: null },
    "The broker refused the token.",
    "โบรกเกอร์ปฏิเสธโทเคน",
  ],
  [
    "Topic filter",
    "direct",
    { code: "subscription-refused", message: null },
    "The broker refused the topic.",
    "โบรกเกอร์ปฏิเสธหัวข้อ",
  ],
] as const)(
  "a refusal is told beside the field %s, which has the focus and what was typed, in the language of the page",
  async (label, kind, refusal, words, thai) => {
    const onConnect = showForm({ config: kind === null ? CONFIG : { ...CONFIG, relay: null } });
    onConnect.mockResolvedValueOnce(refusal);
    const secret = kind === null ? "Key" : "MQTT API token";
    type(secret, TOKEN);
    fireEvent.click(screen.getByRole("checkbox"));
    submit();
    const alert = await screen.findByRole("alert");
    await waitFor(() => expect(screen.getByRole("alert").textContent).toContain(words));
    expect(alert.textContent).not.toContain(TOKEN);
    const field = screen.getByLabelText(label) as HTMLInputElement;
    await waitFor(() => expect(document.activeElement).toBe(field));
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect((screen.getByLabelText(secret) as HTMLInputElement).value).toBe(TOKEN);
    // Refused is not worth remembering.
    expect(sessionStorage.length).toBe(0);
    fireEvent.click(screen.getByRole("button", { name: "th" }));
    expect(screen.getByRole("alert").textContent).toContain(thai);
  },
);

test("whoever comes back after a refusal finds it told, and what was tried, with the hint that fits", async () => {
  const asked = vi.fn(async () => Response.json({ access: "keys" }));
  vi.stubGlobal("fetch", asked);
  showForm({
    last: { kind: "relay", url: "https://other.example", secret: "key" },
    refusal: { code: "relay-key-refused", message: null },
  });
  expect(screen.getByRole("alert").textContent).toContain("The relay refused the key.");
  const field = screen.getByLabelText("Key") as HTMLInputElement;
  expect([field.type, field.value]).toEqual(["password", "key"]);
  expect((screen.getByLabelText("Address of the relay") as HTMLInputElement).value).toBe(
    "https://other.example",
  );
  expect(screen.getByText(/^This relay wants a key/)).toBeDefined();
});

test.each([
  ["keys", /^This relay wants a key/],
  ["open", /^This relay is open/],
])(
  "the hint is what the relay says of itself: %s; of another address nothing is known",
  async (access, hint) => {
    vi.stubGlobal("fetch", async () => Response.json({ access }));
    showForm({ last: { kind: "relay", url: "https://other.example", secret: "key" } });
    await screen.findByText(hint);
    expect((screen.getByLabelText("Key") as HTMLInputElement).value).toBe("");
    type("Address of the relay", "https://third.example");
    expect(screen.queryByText(hint)).toBeNull();
  },
);

test("whoever came to change a connection can go back to it as it is", () => {
  const onCancel = vi.fn();
  const onConnect = showForm({ onCancel });
  expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
  fireEvent.click(screen.getByRole("button", { name: /^Cancel/ }));
  expect(onCancel).toHaveBeenCalledOnce();
  expect(onConnect).not.toHaveBeenCalled();
});

test("a relay that wants a key says so where none was given, instead of refusing it", async () => {
  const onConnect = showForm();
  onConnect.mockResolvedValueOnce({ code: "relay-key-refused", message: null });
  submit();
  await screen.findByText("This relay wants a key, and none was given.");
  expect(screen.queryByText(/refused/)).toBeNull();
});

test("what was typed wrong stands beside its field, the first of which has the focus", async () => {
  showForm({ config: { ...CONFIG, relay: null } });
  type("Topic filter", "");
  submit();
  await screen.findByText("The token is missing.");
  const token = screen.getByLabelText("MQTT API token");
  const topic = screen.getByLabelText("Topic filter");
  expect(document.activeElement).toBe(token);
  expect([token, topic].map((field) => field.getAttribute("aria-invalid"))).toEqual(["true", "true"]);
  const [first] = screen.getAllByRole("alert");
  expect(first?.compareDocumentPosition(topic)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
});

test("the details of a token are in Thai too, below one headline", async () => {
  localStorage.setItem("tesa.language", "th");
  const onConnect = showForm({ config: { ...CONFIG, relay: null } });
  const problems = [
    { setting: "token", detail: "MQTT API token has spaces or line breaks in it: remove them." },
    { setting: "token", detail: "MQTT API token has quotes in it: write it without quotes." },
  ];
  onConnect.mockRejectedValueOnce(Object.assign(new Error("x"), { problems }));
  type("MQTT API token", TOKEN);
  fireEvent.click(screen.getByRole("button", { name: "เชื่อมต่อ" }));
  expect(await screen.findAllByText(/ใช้โทเคนนี้ไม่ได้/)).toHaveLength(1);
  expect(screen.getByText(/^มีช่องว่าง/).getAttribute("lang")).toBe("th");
  expect(screen.getByText(/^มีเครื่องหมายคำพูด/)).toBeDefined();
  expect(document.body.textContent).not.toContain("remove them");
});
