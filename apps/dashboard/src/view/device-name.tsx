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

/** A device's id as it is shown; those that came without one are told so. */
export function deviceName(id: string, text: Text): string {
  return id === "" ? text.list.noDeviceId : visibleName(id);
}
