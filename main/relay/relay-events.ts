import type { PullEvent } from './pulls/pulls.ts';

/**
 * The events that `relay --json` prints, one JSON object per line on stdout. The names are part of the public
 * interface; `relay --help` lists them.
 */
export type RelayEvent =
  | { event: 'ready'; http: string; webTransport: string | null; endpointId: string }
  | PullEvent
  | { event: 'error'; message: string };
