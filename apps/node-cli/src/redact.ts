/**
 * Takes tokens out of a text: whatever is long enough to be one becomes `tesa_mqtt_...`. The second line of defence, for
 * messages that repeat what a user typed or what came from elsewhere.
 */
export function redact(text: string): string {
  return text.replaceAll(/(tesa_mqtt_)[\w-]{12,}/gi, "$1...");
}
