import { TesaError, type TesaErrorCode } from "@tesa/core";

/** What was thrown, as the error of this project: itself, or one with the given code and beginning. */
export function asTesaError(error: unknown, code: TesaErrorCode, beginning: string): TesaError {
  if (error instanceof TesaError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TesaError(code, `${beginning}: ${message}`, { cause: error });
}
