import { Path } from '@moq/net';
import { Store } from '../../common/base/store.ts';
import {
  type Bridge,
  CALLS_PREFIX,
  type ConnectionState,
  LIVE_PREFIX,
  type MethodRequest,
} from '../../common/bridge/bridge.ts';
import type { ConnectionFacts } from '../../common/bridge/renditions.ts';
import { maxLinesOf } from './publish/ladder.ts';
import { LivePublisher } from './publish/publisher.ts';
import { bridgeConnector } from './session/connector.ts';
import { ReconnectingSession } from './session/reconnecting-session.ts';
import type { Media } from './shared/media.ts';
import { SynthRinger } from './shared/ringer.ts';
import { DeviceLists } from './sources/devices.ts';
import { connectionFactsOf, connectionForPath } from './watch/adaptation/connection-facts.ts';
import { LivePlayer } from './watch/player.ts';

/**
 * Creates the window's media objects, which the caller must close. The publishers share one MoQ session with
 * main. Each player needs its own, because @moq/net closes an announcement stream only with its session, and
 * main keeps a ticket's connection open as long as that stream exists.
 */
export function createMedia(bridge: Bridge): Media {
  const connector = bridgeConnector(bridge);
  const session = new ReconnectingSession(connector);
  const publisher = new LivePublisher(session, (name) => Path.from(LIVE_PREFIX, name));
  const callPublisher = new LivePublisher(session, (id) => Path.from(CALLS_PREFIX, id, 'out'));
  const ringer = new SynthRinger();
  const devices = new DeviceLists(navigator.mediaDevices);
  const players = new Set<LivePlayer>();
  const pathsByFacts = new Map<Store<ConnectionFacts | null>, string>();
  const updateFacts = (connections: readonly ConnectionState[]): void => {
    for (const [store, path] of pathsByFacts) {
      const facts = connectionFactsOf(connectionForPath(connections, path));
      if (facts?.atMs !== store.get()?.atMs) store.set(facts);
    }
  };
  for (const each of [publisher, callPublisher]) each.setUplinks([]);
  const unsubscribes = [
    bridge.listen('uplinks.sample', (uplinks) => {
      for (const each of [publisher, callPublisher]) each.setUplinks(uplinks);
    }),
    bridge.listen('connections.sample', updateFacts),
    // Connection samples arrive only while a connection delivers media, so watch `app.state` for the end of a
    // connection.
    bridge.listen('app.state', ({ connections }) => updateFacts(connections)),
  ];
  const maxLines = new Store<number | null>(null);
  // A failed request is ignored, because nothing can be watched while main is unavailable, and the views
  // report that failure.
  bridge.request('app.info', null).then(
    ({ maxResolution }) => maxLines.set(maxResolution && maxLinesOf(maxResolution)),
    () => undefined,
  );
  /**
   * Reports a rendition switch to main, which emits it as a `--json` event. A failed request is ignored,
   * because it fails only while main is unavailable.
   */
  const reportRendition = (change: MethodRequest<'watch.rendition'>) => {
    bridge.request('watch.rendition', change).catch(() => undefined);
  };
  // Opening a device reveals the labels of all devices, so read the lists again.
  const stateSubscriptions = [publisher, callPublisher].map((each) => {
    let previous = '';
    return each.state.subscribe(({ source, video, audio }) => {
      const current = `${source} ${video} ${audio}`;
      if (current === previous) return;
      previous = current;
      if (video === 'on' || audio === 'on') void devices.refresh();
    });
  });
  const plugSubscriptions = (['camera', 'microphone'] as const).map((device) => {
    const list = device === 'camera' ? devices.cameras : devices.microphones;
    let count = list.get().length;
    return list.subscribe(({ length }) => {
      if (length > count) for (const each of [publisher, callPublisher]) each.devicePlugged(device);
      count = length;
    });
  });
  return {
    publisher,
    callPublisher,
    ringer,
    devices,
    createPlayer: (path) => {
      const playerSession = new ReconnectingSession(connector);
      const connection = new Store<ConnectionFacts | null>(null);
      pathsByFacts.set(connection, path);
      const player = new LivePlayer(playerSession, path, {
        connection,
        maxLines,
        onSwitch: ({ from, to, reason }) => reportRendition({ path, from, to, reason }),
        onClose: () => {
          pathsByFacts.delete(connection);
          players.delete(player);
          void playerSession.close();
        },
      });
      players.add(player);
      return player;
    },
    close: async () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
      for (const stop of [...stateSubscriptions, ...plugSubscriptions]) stop();
      ringer.close();
      devices.close();
      await callPublisher.close();
      await publisher.close();
      await Promise.all([...players].map((player) => player.close()));
      await session.close();
    },
  };
}
