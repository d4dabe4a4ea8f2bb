import { seconds } from "./summary.ts";

/** When it is told that no message has come, in milliseconds after the stream went live; the last one again and again. */
const HINTS_MS = [10_000, 60_000, 600_000] as const;

/** What a hint about silence needs to know. */
export interface QuietHintOptions {
  readonly note: (text: string) => void;
  /** What the user calls the setting that chooses sensors, where one does: `--sensor`. */
  readonly sensorSetting: string | undefined;
}

/** Says why a stream that is connected may show nothing; from the first message on it is silent itself. */
export interface QuietHint {
  onLive(): void;
  onMessage(): void;
  /** The stream is not live any more. */
  pause(): void;
}

/** Makes a {@link QuietHint}. */
export function createQuietHint({ note, sensorSetting }: QuietHintOptions): QuietHint {
  let hasMessage = false;
  let told = 0;
  let timer: NodeJS.Timeout | undefined;
  const pause = () => clearTimeout(timer);
  const wait = () => {
    pause();
    const ms = HINTS_MS[Math.min(told, HINTS_MS.length - 1)] ?? HINTS_MS[0];
    timer = setTimeout(() => {
      note(told === 0 ? firstHint(ms, sensorSetting) : "still no message");
      told += 1;
      wait();
    }, ms).unref();
  };
  return {
    pause,
    onLive() {
      if (!hasMessage) wait();
    },
    onMessage() {
      hasMessage = true;
      pause();
    },
  };
}

function firstHint(ms: number, sensorSetting: string | undefined): string {
  const devices = "devices may be off, or send more rarely";
  if (sensorSetting === undefined) return `no message for ${seconds(ms)} yet: ${devices}`;
  return (
    `no message for ${seconds(ms)} yet. ${sensorSetting} chooses by the topic: devices that send several readings in ` +
    `one message have no sensor in theirs, and come only without it. Or ${devices}`
  );
}
