/** Thrown by a `SessionConnector` when the server refuses all sessions. The message is text for the user. */
export class RefusedError extends Error {
  /**
   * How long to wait until another attempt might succeed, in milliseconds; null if no attempt can succeed.
   */
  readonly retryMs: number | null;

  constructor(message: string, retryMs: number | null) {
    super(message);
    this.name = 'RefusedError';
    this.retryMs = retryMs;
  }
}
