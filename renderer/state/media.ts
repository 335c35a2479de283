import type { Devices, Player, Publisher } from '../media/types.ts';

/** The window's media, as its views know it. One per window; its owner closes it. */
export interface Media {
  readonly publisher: Publisher;
  readonly devices: Devices;
  /** A player for the ticket in its normal form. Whoever asks for it closes it. */
  player(ticket: string): Player;
  close(): Promise<void>;
}
