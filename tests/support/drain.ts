/** Reads a stream to its end and discards the data. Never rejects. */
export async function drain(readable: ReadableStream<unknown>): Promise<void> {
  try {
    const reader = readable.getReader();
    while (!(await reader.read()).done);
  } catch {
    // The stream was reset.
  }
}

/** Reads all streams that arrive, and discards their data. Never rejects. */
export async function drainAll(incoming: ReadableStream<ReadableStream<unknown>>): Promise<void> {
  try {
    const reader = incoming.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      void drain(value);
    }
  } catch {
    // The session has ended.
  }
}
