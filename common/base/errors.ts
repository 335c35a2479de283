/**
 * Errors with a reason from a closed list. Each area has one such type; it is made once, at the area's boundary,
 * with the foreign error as its cause. The window maps reasons to words and next steps.
 */
export class ReasonError<Reason extends string> extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.reason = reason;
  }
}

/** The message of anything thrown, for logs and for wrapping. Never empty. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** Anything thrown, as an Error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
