import type { PullEvent } from './pulls/pulls.ts';

/**
 * What `relay --json` prints: one JSON object per line on stdout. The names are a contract; `relay --help` lists them.
 */
export type RelayEvent =
  | { event: 'ready'; http: string; webTransport: string | null; endpointId: string }
  | PullEvent
  | { event: 'error'; message: string };
