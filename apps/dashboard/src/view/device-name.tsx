import type { ReactElement } from "react";
import { visibleName } from "../data/names.ts";
import type { Text } from "../text/en.ts";
import { useText } from "./preferences.tsx";

/** A name from outside, which cannot turn the text around it. */
export function Name({
  name,
  className,
}: {
  readonly name: string;
  readonly className?: string;
}): ReactElement {
  const text = useText();
  const shown = name === "" ? text.list.emptyName : visibleName(name);
  return (
    <bdi className={className} title={shown}>
      {shown}
    </bdi>
  );
}

/** A unit beside a value or a name; nothing where there is none. */
export function UnitName({
  unit,
  className,
}: {
  readonly unit: string | null;
  readonly className: string;
}): ReactElement | null {
  return unit === null || unit === "" ? null : <Name name={unit} className={className} />;
}

/**
 * The name of a sensor. Of a path, such as `motor/2/temperature`, the last part tells most: where there is no room for all
 * of it, its beginning is cut off.
 */
export function SensorName({
  name,
  className = "",
}: {
  readonly name: string;
  readonly className?: string;
}): ReactElement {
  const shown = visibleName(name);
  if (!/[/.]/.test(shown)) return <Name name={name} className={className} />;
  return (
    <bdi className={`path ${className}`} title={shown}>
      <bdi>{shown}</bdi>
    </bdi>
  );
}

/** A device's id as it is shown; those that came without one are told so. */
export function deviceName(id: string, text: Text): string {
  return id === "" ? text.list.noDeviceId : visibleName(id);
}
