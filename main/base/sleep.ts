/** Resolves after so many milliseconds, or as soon as one of the signals is aborted. Never rejects. */
export function sleep(ms: number, ...until: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const signal of until) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of until) signal.addEventListener('abort', done, { once: true });
    if (until.some(({ aborted }) => aborted)) done();
  });
}
