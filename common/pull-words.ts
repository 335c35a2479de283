import type { PullFailure } from './bridge.ts';

/** What a failed pull means for the person who watches, and what to do. Both hosts and scripts show these. */
export function pullFailureWords(failure: PullFailure): string {
  switch (failure) {
    case 'offline':
      return 'Your friend seems to be offline. Ask them to open the app; this is tried again by itself.';
    case 'refused':
      return 'Your friend’s app refused the connection. Ask them whether it is busy, or try again later.';
    case 'incompatible':
      return 'Your friend’s app speaks another version of the protocol. Both of you should update.';
    case 'lost':
      return 'The connection to your friend was lost. It is being restored.';
    case 'invalid':
      return 'This ticket names a broadcast that cannot exist. Ask your friend for a new ticket.';
    case 'overloaded':
      return 'Too many tickets are open at once. Close some of them and try again.';
  }
}
