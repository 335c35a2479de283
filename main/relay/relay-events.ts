/** What `relay --json` prints, one object a line on stdout. The names are a contract; `relay --help` lists them. */
export type RelayEvent =
  | { event: 'ready'; http: string; webTransport: string | null; endpointId: string }
  | {
      event: 'pull';
      ticket: string;
      state: 'connecting' | 'live' | 'failed' | 'released';
      /** Sessions that read a media track of it. */
      readers: number;
      /** Whole sentences; empty when there is nothing to say. */
      message: string;
    }
  | { event: 'error'; message: string };
