/**
 * An error with a reason from a fixed list. Each area of the code defines one subclass and converts the
 * errors that it receives from other code to that subclass, with the original error as the cause. The window
 * maps reasons to messages and next steps.
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
