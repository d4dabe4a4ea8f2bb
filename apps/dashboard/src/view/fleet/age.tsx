import type { ReactElement } from "react";
import type { Pace } from "../../data/pace.ts";
import { useFormats } from "../preferences.tsx";
import { useSession } from "../session-context.tsx";
import { usePaced } from "../ticker.ts";

/** How long ago a device or a sensor was seen last. */
export function Age({
  device,
  className = "",
}: {
  readonly device: Pick<Pace, "lastSeen">;
  readonly className?: string;
}): ReactElement {
  const formats = useFormats();
  const session = useSession();
  const age = usePaced(() => formats.age(session.now() - device.lastSeen), 500);
  return <span className={`tnum text-xs whitespace-nowrap text-muted ${className}`}>{age}</span>;
}
