import type { Bridge } from '../../common/bridge.ts';
import { DeviceLists } from './devices.ts';
import { LivePlayer } from './player.ts';
import { LivePublisher } from './publisher.ts';
import { MediaSession } from './session.ts';
import type { Media } from './types.ts';

/** The window's media: one session with main for all of it. Whoever creates it closes it. */
export function createMedia(bridge: Bridge): Media {
  const session = new MediaSession(bridge);
  const publisher = new LivePublisher(session);
  const devices = new DeviceLists(navigator.mediaDevices);
  const players = new Set<LivePlayer>();
  // Labels are empty until a device was opened once.
  const stop = publisher.state.subscribe(({ picture, sound }) => {
    if (picture === 'on' || sound === 'on') void devices.refresh();
  });
  return {
    publisher,
    devices,
    player: (ticket) => {
      const player = new LivePlayer(session, ticket, () => players.delete(player));
      players.add(player);
      return player;
    },
    close: async () => {
      stop();
      devices.close();
      await publisher.close();
      await Promise.all([...players].map((player) => player.close()));
      await session.close();
    },
  };
}
