/** Returns the code of a system error, such as `ENOENT`. Returns undefined if the thrown value has none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
