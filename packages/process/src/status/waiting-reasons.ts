import type { TesaError, TesaErrorCode } from "@tesa/core";
import type { Advice } from "./advice.ts";
import { printable } from "./printable.ts";

/** After so many tries that failed for the same reason it is time to look closer. */
const TRIES_BEFORE_ADVICE = 5;

/** What a broker refuses for good, unless it had accepted it before; only then is it tried on. */
const REFUSALS: ReadonlySet<TesaErrorCode> = new Set(["token-refused", "subscription-refused"]);

/** Says why a stream waits: in full the first time, in a few words as long as the reason stays the same. */
export interface Reasons {
  describe(error: TesaError): string;
  /** It went well again: the next reason is new. */
  forget(): void;
}

/** Makes {@link Reasons}. */
export function createReasons({ doctor }: Advice): Reasons {
  let last = "";
  let times = 0;
  let isAdvised = false;
  return {
    forget() {
      last = "";
    },
    describe(error) {
      times = error.message === last ? times + 1 : 1;
      last = error.message;
      if (times === 1) return `${printable(error.message)}${acceptedBefore(error)}`;
      const advice =
        doctor === undefined || times < TRIES_BEFORE_ADVICE || isAdvised
          ? ""
          : ` To find out why: ${doctor}.`;
      if (advice !== "") isAdvised = true;
      return `the same again, ${times} times now.${advice}`;
    },
  };
}

/** That an outage of the platform's authentication looks the same is a part of the error's own message. */
function acceptedBefore({ code }: TesaError): string {
  return REFUSALS.has(code) ? " It was accepted before, so it is tried on." : "";
}
