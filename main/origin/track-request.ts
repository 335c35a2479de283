import type { Broadcast, Track } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import { holdNewestGroup } from '../moq/hold-track.ts';

/** How long the subscription waits for its reader, in ms. A reader subscribes as soon as it has the properties. */
const WAIT_MS = 2_000;

/**
 * Requests a track's properties by subscribing to the track. Players request the properties only in order to
 * subscribe, and share this subscription then. This saves a round trip to a remote publisher, and a local
 * publisher's encoder starts while the properties are still on their way to the reader.
 *
 * Rejects if the publisher refuses the track or the broadcast ends.
 */
export async function requestWithSubscription(source: Broadcast.Consumer, name: string): Promise<Track.Info> {
  const subscriber = source.subscribe(name);
  holdNewestGroup(subscriber).catch((error: unknown) =>
    log.debug(`${name}: not subscribed in advance: ${messageOf(error)}`),
  );
  try {
    // moq-net ends the request after 10 s without an answer.
    return await subscriber.info();
  } finally {
    const timer = setTimeout(() => subscriber.close(), WAIT_MS);
    void Promise.resolve(subscriber.closed).then(() => clearTimeout(timer));
  }
}
