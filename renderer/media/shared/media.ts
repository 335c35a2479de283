import type { Player } from './player-types.ts';
import type { Publisher } from './publisher-types.ts';
import type { Devices } from './source-types.ts';

/**
 * The media interfaces in this folder are for the views, which call the methods and observe the results in
 * read-only stores. The implementations own every device, encoder, decoder and session that they open.
 */

/** Plays call sounds. */
export interface Ringer {
  /**
   * Plays the ringtone for an incoming call (`in`) or the ringback tone for an outgoing one (`out`). Null
   * stops it immediately.
   */
  ring(kind: 'in' | 'out' | null): void;
  close(): void;
}

/** All media objects of the window. `createMedia` (create-media.ts) creates them. */
export interface Media {
  readonly publisher: Publisher;
  /** Publishes the user's side of a call, independently of `publisher`. */
  readonly callPublisher: Publisher;
  readonly ringer: Ringer;
  readonly devices: Devices;
  /**
   * Creates a player for a path on main's Origin: a ticket in canonical form, or a call's path. The caller
   * closes it.
   */
  createPlayer(path: string): Player;
  close(): Promise<void>;
}
