/**
 * What `--json` prints, one object a line on stdout. The names are a contract: scripts rely on them.
 */
export type JsonEvent =
  | { event: 'ready'; url: string; endpointId: string }
  | { event: 'live'; ticket: string; name: string }
  | { event: 'ended'; name: string }
  | { event: 'error'; message: string; ticket?: string };
