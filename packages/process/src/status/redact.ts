/**
 * Takes secrets out of a text: whatever is long enough to be a token becomes `tesa_mqtt_...`, the secret of a webhook
 * `whsec_...`, and the password of a URL `...`. The second line of defence, for messages that repeat what a user typed or
 * what came from elsewhere.
 */
export function redact(text: string): string {
  return redactKeys(text).replaceAll(/(:\/\/[^\s/?#:@]*:)(?!password@)[^\s/?#@]+@/g, "$1...@");
}

/** {@link redact} for what has no place on a command line at all. */
export function redactKeys(text: string): string {
  return text.replaceAll(/(tesa_mqtt_)[\w-]{12,}/gi, "$1...").replaceAll(/(whsec_)[\w+/=-]{8,}/gi, "$1...");
}
