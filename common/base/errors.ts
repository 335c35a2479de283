/**
 * An error with a reason from a fixed list, which the window maps to a message and a next step. Each area of
 * the code defines one subclass and wraps other errors in it as the cause.
 */
export class ReasonError<Reason extends string> extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.reason = reason;
  }
}

/** Returns the message of a thrown value of any type. If an error has no message, returns its name. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** Converts a thrown value of any type to an Error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
