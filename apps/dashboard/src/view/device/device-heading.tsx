import { ArrowLeft } from "lucide-react";
import type { ReactElement } from "react";
import type { Device } from "../../data/fleet-store.ts";
import { deviceName } from "../device-name.tsx";
import { Age } from "../fleet/age.tsx";
import { Freshness, useFreshness } from "../fleet/freshness-dot.tsx";
import { useFormats, useText } from "../preferences.tsx";
import { FLEET_HREF } from "../route.ts";
import { usePaced } from "../ticker.ts";

/** Which device it is, and how it is. */
export function DeviceHeading({
  deviceId,
  device,
}: {
  readonly deviceId: string;
  readonly device: Device | undefined;
}): ReactElement {
  const text = useText();
  const formats = useFormats();
  usePaced(() => device?.version ?? 0, 250);
  const freshness = useFreshness(device);
  const interval = device?.intervalMs ?? null;
  return (
    <div className="mb-4">
      <a
        href={FLEET_HREF}
        className="inline-flex items-center gap-1.5 rounded text-sm text-muted hover:text-ink"
      >
        <ArrowLeft size={15} /> {text.device.back}
      </a>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1">
        {freshness !== null && device !== undefined && <Freshness freshness={freshness} device={device} />}
        <h1 tabIndex={-1} className="min-w-0 outline-none truncate text-xl font-semibold tracking-tight">
          <bdi>{deviceName(deviceId, text)}</bdi>
        </h1>
        {device !== undefined && (
          <p className="tnum flex flex-wrap items-baseline gap-x-3 text-sm text-muted">
            <Age device={device} className="text-sm!" />
            {interval !== null && interval > 0 && (
              <span>{text.device.interval(formats.number(Number((interval / 1_000).toPrecision(2))))}</span>
            )}
          </p>
        )}
      </div>
    </div>
  );
}
