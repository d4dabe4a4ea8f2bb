import { Session } from "../data/session.ts";
import { systemClock } from "../source/browser-clock.ts";
import { openRelaySource } from "../source/relay-source.ts";
import type { Remembered } from "../source/secrets.ts";
import type { SettingLabels } from "../source/settings.ts";

/** Opens what the user asked for. @throws DirectSettingsError if the settings of a direct connection cannot be right */
export async function openSession(wanted: Remembered, labels: SettingLabels): Promise<Session> {
  const session = new Session({ now: () => Date.now() });
  if (wanted.kind === "relay") {
    session.attach(
      openRelaySource({
        baseUrl: wanted.url,
        readKey: () => wanted.secret,
        // Called without an object, as `fetch` has to be.
        fetch: (...args) => fetch(...args),
        clock: systemClock,
        random: Math.random,
        listener: session.listener,
        onClock: (aheadMs) => session.setClockAhead(aheadMs),
      }),
    );
    return session;
  }
  const { openDirectSource } = await import("../source/direct-source.ts");
  const source = openDirectSource(
    {
      brokerUrl: wanted.url,
      topic: wanted.topic,
      readToken: () => wanted.secret,
      listener: session.listener,
    },
    labels,
  );
  session.attach(source);
  return session;
}
