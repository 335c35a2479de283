import { Path } from '@moq/net';
import { Store } from '../../common/base/store.ts';
import { type Bridge, CALLS_PREFIX, LIVE_PREFIX, type Request } from '../../common/bridge/bridge.ts';
import type { LinkFacts } from '../../common/bridge/renditions.ts';
import { maxLinesOf } from './publish/ladder.ts';
import { LivePublisher } from './publish/publisher.ts';
import { bridgeConnector } from './session/connector.ts';
import { MediaSession } from './session/reconnecting-session.ts';
import { SynthRinger } from './shared/ringer.ts';
import type { Media } from './shared/types.ts';
import { DeviceLists } from './sources/devices.ts';
import { linkFactsOf, linkOfPath } from './watch/adaptation/connection-facts.ts';
import { LivePlayer } from './watch/player.ts';

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
  const links = new Map<Store<LinkFacts | null>, string>();
  const stopLinks = bridge.listen('app.state', (state) => {
    for (const [link, path] of links) {
      const facts = linkFactsOf(linkOfPath(state.links, path));
      if (facts?.atMs !== link.get()?.atMs) link.set(facts);
    }
  });
  const maxLines = new Store<number | null>(null);
  // Where main does not answer there is nothing to watch either, and the views say so.
  bridge.call('app.info', null).then(
    ({ maxResolution }) => maxLines.set(maxResolution && maxLinesOf(maxResolution)),
    () => undefined,
  );
  /** For scripts alone: while main is gone nobody listens. */
  const tell = (change: Request<'watch.rendition'>) => {
    bridge.call('watch.rendition', change).catch(() => undefined);
  };
  // Labels are empty until a device was opened once.
  const stops = [publisher, caller].map((each) => {
    let opened = '';
    return each.state.subscribe(({ source, picture, sound }) => {
      const now = `${source} ${picture} ${sound}`;
      if (now === opened) return;
      opened = now;
      if (picture === 'on' || sound === 'on') void devices.refresh();
    });
  });
  return {
    publisher,
    caller,
    ringer,
    devices,
    player: (path) => {
      const own = new MediaSession(connector);
      const link = new Store<LinkFacts | null>(null);
      links.set(link, path);
      const player = new LivePlayer(own, path, {
        link,
        maxLines,
        onSwitch: ({ from, to, reason }) => tell({ path, from, to, reason }),
        onClose: () => {
          links.delete(link);
          players.delete(player);
          void own.close();
        },
      });
      players.add(player);
      return player;
    },
    close: async () => {
      stopLinks();
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
