/**
 * What `--json` prints, one object a line on stdout. The names are a contract: scripts rely on them, and `--help` lists
 * them.
 */
export type JsonEvent =
  | { event: 'ready'; url: string; endpointId: string }
  | { event: 'live'; ticket: string; name: string }
  | { event: 'ended'; name: string }
  | { event: 'error'; message: string; ticket?: string }
  /** Another instance has the data folder; it was told, and this one ends. */
  | { event: 'handed-over'; pid: number };
