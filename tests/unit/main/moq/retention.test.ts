import { Broadcast, Path, Time } from 'moq-net';
import { expect, it } from 'vitest';
import { Origin } from '../../../../main/origin/origin.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { ALL_GRANTS, type AttachedClient, attachClient } from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

/** These tests use real sessions: a publisher, the Origin, and readers that join one after the other. */
const own = closeAfterEach();
async function join(origin: Origin, protocol: string): Promise<AttachedClient> {
  const attached = await attachClient(origin, ALL_GRANTS, { protocol });
  own(attached.client, attached.session);
  return attached;
}

const HELLO = Path.from('hello');
const RETENTION_MS = 100;

/** Publishes a track. Returns a function that appends a group, which ends immediately. */
async function publish(origin: Origin, protocol: string): Promise<(text: string) => void> {
  const { client } = await join(origin, protocol);
  const broadcast = new Broadcast.Producer();
  own(broadcast);
  const track = broadcast.createTrack('catalog.json', { latencyMax: RETENTION_MS });
  client.publish(HELLO, broadcast);
  await waitFor('published', () => origin.get(HELLO));
  return (text) => {
    const group = track.appendGroup();
    group.writeFrame({ payload: new TextEncoder().encode(text), timestamp: Time.Timestamp.now() });
    group.close();
  };
}

async function reader(origin: Origin, protocol: string) {
  const { client } = await join(origin, protocol);
  const track = client.consume(HELLO).subscribe('catalog.json');
  /** Reads the next group to its end and returns its text. Returns undefined if no group arrives within five seconds. */
  return async (): Promise<string | undefined> => {
    const group = await Promise.race([track.recvGroup(), sleep(5_000)]);
    const text = await group?.readString();
    if (group && (await Promise.race([group.readFrame(), sleep(5_000).then(() => 'open')])) !== undefined) {
      throw new Error('the group has not ended');
    }
    return text;
  };
}

it.each(['moq-lite-03', 'moq-lite-05'])(
  'a reader that joins long after the newest group ended receives it (%s)',
  async (protocol) => {
    const origin = new Origin();
    const append = await publish(origin, protocol);
    append('one');
    const first = await reader(origin, protocol);
    expect(await first()).toBe('one');
    // Before version 05, track properties are not sent, so the library's default retention applies.
    const lateMs = protocol === 'moq-lite-03' ? 5_500 : 5 * RETENTION_MS;
    await sleep(lateMs);
    const second = await reader(origin, protocol);
    expect(await second()).toBe('one');
    append('two');
    expect(await first()).toBe('two');
    expect(await second()).toBe('two');
    await sleep(lateMs);
    // Only the newest group is kept.
    expect(await (await reader(origin, protocol))()).toBe('two');
  },
  40_000,
);
