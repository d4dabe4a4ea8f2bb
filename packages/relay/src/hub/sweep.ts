import type { Member } from "./subscriber.ts";
import type { UpstreamNotice } from "./upstream.ts";

/** By what a client is judged. */
export interface SweepRules {
  readonly now: number;
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly state: UpstreamNotice;
}

/** A client whose time is over: its key has ended, or it has taken nothing for too long. */
export interface Swept {
  readonly member: Member;
  readonly reason: "key-ended" | "stalled";
}

/** Looks at every client: writes heartbeats where nothing else was written, and names those that are to go. */
export function sweep(members: Iterable<Member>, rules: SweepRules): Swept[] {
  const { now, heartbeatMs, stallMs, state } = rules;
  const swept: Swept[] = [];
  for (const member of members) {
    if (now >= member.endsAt) swept.push({ member, reason: "key-ended" });
    else if (member.fullForMs(now) >= stallMs) swept.push({ member, reason: "stalled" });
    else if (now - member.lastWriteAt >= heartbeatMs) member.beat(state, now);
  }
  return swept;
}
