import { Path } from '@moq/net';
import { type Bridge, CALLS_PREFIX, LIVE_PREFIX } from '../../common/bridge.ts';
import { bridgeConnector } from './connector.ts';
import { DeviceLists } from './devices.ts';
import { LivePlayer } from './player.ts';
import { LivePublisher } from './publisher.ts';
import { SynthRinger } from './ringer.ts';
import { MediaSession } from './session.ts';
import type { Media } from './types.ts';

/**
 * The window's media. Whoever creates it closes it.
 *
 * The publisher and each player have a session of their own with main. @moq/net leaves the stream by which a player
 * asks for announcements open until its session ends, and main holds on to the ticket for as long as somebody asks.
 */
export function createMedia(bridge: Bridge): Media {
  const connector = bridgeConnector(bridge);
  const session = new MediaSession(connector);
  const publisher = new LivePublisher(session, (name) => Path.from(LIVE_PREFIX, name));
  const caller = new LivePublisher(session, (id) => Path.from(CALLS_PREFIX, id, 'out'));
  const ringer = new SynthRinger();
  const devices = new DeviceLists(navigator.mediaDevices);
  const players = new Set<LivePlayer>();
  // Labels are empty until a device was opened once.
  const stops = [publisher, caller].map((each) =>
    each.state.subscribe(({ picture, sound }) => {
      if (picture === 'on' || sound === 'on') void devices.refresh();
    }),
  );
  return {
    publisher,
    caller,
    ringer,
    devices,
    player: (path) => {
      const own = new MediaSession(connector);
      const player = new LivePlayer(own, path, () => {
        players.delete(player);
        void own.close();
      });
      players.add(player);
      return player;
    },
    close: async () => {
      for (const stop of stops) stop();
      ringer.close();
      devices.close();
      await caller.close();
      await publisher.close();
      await Promise.all([...players].map((player) => player.close()));
      await session.close();
    },
  };
}
