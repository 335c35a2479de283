import { type Broadcast, Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { CLOSE_TAKEN_PATH } from '../../common/relay/relay-api.ts';
import { exactMount } from '../../main/origin/grants.ts';
import { Origin } from '../../main/origin/origin.ts';
import { Push } from '../../main/push/push.ts';
import { pushFailureOf, relayDialer } from '../../main/push/push-dial.ts';
import { pushFailureTexts } from '../../main/push/push-failure.ts';
import { runTokenCommand } from '../../main/relay/cli/token-command.ts';
import { closeAfterEach } from '../support/own.ts';
import {
  type Client,
  overIroh,
  overWebSocket,
  startRelay,
  type TestRelay,
  waitUntilAnnounced,
} from '../support/relays.ts';
import { NumberedBroadcast } from '../support/sessions.ts';
import { signingKeyForAll } from '../support/signing-key.ts';
import { sleep, waitFor } from '../support/wait.ts';

/** Strangers with publish rights try to replace another publisher's broadcast while a viewer watches it. */
const own = closeAfterEach();

const VICTIM = '127.0.0.1';
const STRANGER = '127.0.0.2';
const NEW_ADDRESS = '127.0.0.3';
/** The victim's frames and the stranger's frames differ in size, so that a viewer can tell them apart. */
const VICTIM_BYTES = 4;
const STRANGER_BYTES = 8;

const keyFile = signingKeyForAll();

/** Creates a token for publishing. Different lifetimes result in different tokens. */
const token = (expiresInS: number, { put = ['show'], subject }: { put?: string[]; subject?: string } = {}) =>
  runTokenCommand({
    action: 'sign',
    keyFile: keyFile(),
    root: '',
    get: [],
    put,
    pull: false,
    subject,
    expiresInS,
  });

const session = async (relay: TestRelay, localAddress: string, target = '/') =>
  own(await overWebSocket(relay.relay.http, target, 'moq-lite-05', { localAddress }));

function publish(client: Client, bytes: number, path = 'show'): Broadcast.Producer {
  const { producer } = own(new NumberedBroadcast({ bytes, everyMs: 20 }));
  client.established.publish(Path.from(path), producer);
  return producer;
}

/** A viewer that reads `show` and, like a page, subscribes again after each announcement. */
class Viewer {
  /** The size of the newest frame, in bytes. */
  bytes = 0;
  /** The number of frames so far. */
  frames = 0;
  /** The number of times that the broadcast has been withdrawn. */
  ended = 0;

  static async start(relay: TestRelay): Promise<Viewer> {
    const viewer = new Viewer();
    viewer.#watch(await session(relay, VICTIM)).catch(() => undefined);
    await waitFor('the first frame', () => viewer.frames > 0);
    return viewer;
  }

  /** Waits for several more frames. Returns their size. */
  async next(): Promise<number> {
    const before = this.frames;
    await waitFor('more frames', () => this.frames > before + 5);
    return this.bytes;
  }

  async #watch(client: Client): Promise<void> {
    const announcements = client.established.announced(Path.from('show'));
    let stop: () => void = () => undefined;
    for (;;) {
      const event = await announcements.next();
      if (!event) return;
      stop();
      if (!event.active) this.ended += 1;
      else stop = this.#read(client);
    }
  }

  /** Starts reading the broadcast. Returns a function that stops reading. */
  #read(client: Client): () => void {
    const track = client.established.consume(Path.from('show')).subscribe('video');
    const read = async () => {
      for (let group = await track.recvGroup(); group; group = await track.recvGroup()) {
        const frame = await group.readFrame();
        if (!frame) continue;
        this.bytes = frame.payload.byteLength;
        this.frames += 1;
      }
    };
    read().catch(() => undefined);
    return () => track.close();
  }
}

async function expectRefused(stranger: Client, name = 'show'): Promise<void> {
  expect(await stranger.transport.closed).toMatchObject({
    closeCode: CLOSE_TAKEN_PATH,
    reason: `another publisher uses this name: ${name}`,
  });
}

describe('a broadcast on a relay', () => {
  it('cannot be replaced by a stranger over any transport, and the stranger is told why', async () => {
    const relay = own(await startRelay(['--public', '*']));
    publish(await session(relay, VICTIM), VICTIM_BYTES);
    const viewer = await Viewer.start(relay);
    const overSocket = await session(relay, STRANGER);
    publish(overSocket, STRANGER_BYTES);
    await expectRefused(overSocket);
    const overQuic = own(await overIroh(relay.relay.ticketFor('x'), undefined, STRANGER));
    publish(overQuic, STRANGER_BYTES);
    await expectRefused(overQuic);
    // A peer's endpoint id proves its identity, so its address does not matter.
    const sameAddress = own(await overIroh(relay.relay.ticketFor('x'), undefined, VICTIM));
    publish(sameAddress, STRANGER_BYTES);
    await expectRefused(sameAddress);
    expect([await viewer.next(), viewer.ended]).toEqual([VICTIM_BYTES, 0]);
    const metrics = await (await fetch(relay.metricsUrl())).text();
    expect(metrics).toMatch(/refused_total\{reason="name"\} 3/);
  });

  it('passes to a stranger only several seconds after its publisher was lost', async () => {
    const relay = own(await startRelay(['--public', '*']));
    const victim = await session(relay, VICTIM);
    publish(victim, VICTIM_BYTES);
    const viewer = await Viewer.start(relay);
    // Another broadcast keeps the stranger's session open while it waits for the name.
    const stranger = await session(relay, STRANGER);
    publish(stranger, STRANGER_BYTES, 'other');
    publish(stranger, STRANGER_BYTES);
    await sleep(1_000);
    await victim.close();
    const from = viewer.frames;
    await sleep(3_000);
    expect(viewer.frames - from, 'frames from the stranger').toBeLessThan(5);
    publish(await session(relay, VICTIM), VICTIM_BYTES);
    expect(await viewer.next()).toBe(VICTIM_BYTES);
  }, 30_000);

  it('is available to others immediately when its publisher stops it', async () => {
    const relay = own(await startRelay(['--public', '*']));
    const broadcast = publish(await session(relay, VICTIM), VICTIM_BYTES);
    const viewer = await Viewer.start(relay);
    broadcast.close();
    publish(await session(relay, STRANGER), STRANGER_BYTES);
    await waitFor('the other broadcast', () => viewer.bytes === STRANGER_BYTES);
  });

  it('moves immediately to a newer session of the same client', async () => {
    const relay = own(await startRelay(['--public', '*']));
    publish(await session(relay, VICTIM), STRANGER_BYTES);
    const viewer = await Viewer.start(relay);
    publish(await session(relay, VICTIM), VICTIM_BYTES);
    await waitFor('the newer session', () => viewer.bytes === VICTIM_BYTES);
  });

  it('moves immediately with its token to another address, but not with its address to another token', async () => {
    const relay = own(await startRelay(['--public-read', '*', '--auth-key', keyFile()]));
    const [mine, other] = [await token(600), await token(600, { put: ['show', 'more'] })];
    publish(await session(relay, VICTIM, `/?jwt=${mine}`), STRANGER_BYTES);
    const viewer = await Viewer.start(relay);
    const stranger = await session(relay, VICTIM, `/?jwt=${other}`);
    publish(stranger, 1_000);
    await expectRefused(stranger);
    publish(await session(relay, NEW_ADDRESS, `/?jwt=${mine}`), VICTIM_BYTES);
    await waitFor('the new address', () => viewer.bytes === VICTIM_BYTES);
  });

  it('stays with its publisher when the token is renewed, and is kept from others with the same rights', async () => {
    const relay = own(await startRelay(['--public-read', '*', '--auth-key', keyFile()]));
    publish(await session(relay, VICTIM, `/?jwt=${await token(600)}`), STRANGER_BYTES);
    const viewer = await Viewer.start(relay);
    const stranger = await session(relay, STRANGER, `/?jwt=${await token(601)}`);
    publish(stranger, 1_000);
    await expectRefused(stranger);
    publish(await session(relay, VICTIM, `/?jwt=${await token(602)}`), VICTIM_BYTES);
    await waitFor('the renewed token', () => viewer.bytes === VICTIM_BYTES);
  });

  it('moves immediately with a token’s subject to another address and a renewed token', async () => {
    const relay = own(await startRelay(['--public-read', '*', '--auth-key', keyFile()]));
    publish(
      await session(relay, VICTIM, `/?jwt=${await token(600, { put: [''], subject: 'alice' })}`),
      STRANGER_BYTES,
    );
    const viewer = await Viewer.start(relay);
    const stranger = await session(
      relay,
      VICTIM,
      `/?jwt=${await token(600, { put: [''], subject: 'mallory' })}`,
    );
    publish(stranger, 1_000);
    await expectRefused(stranger);
    publish(
      await session(relay, NEW_ADDRESS, `/?jwt=${await token(601, { put: [''], subject: 'alice' })}`),
      VICTIM_BYTES,
    );
    await waitFor('the renewed token', () => viewer.bytes === VICTIM_BYTES);
  });

  it('moves immediately with its endpoint id to another address', async () => {
    const relay = own(await startRelay(['--public', '*']));
    const key = crypto.getRandomValues(new Uint8Array(32));
    const at = async (host: string) => own(await overIroh(relay.relay.ticketFor('x'), undefined, host, key));
    publish(await at(STRANGER), STRANGER_BYTES);
    const viewer = await Viewer.start(relay);
    publish(await at(NEW_ADDRESS), VICTIM_BYTES);
    await waitFor('the new address', () => viewer.bytes === VICTIM_BYTES);
  });

  it('does not cost a gateway its other broadcasts when a stranger has taken one of their names', async () => {
    const relay = own(await startRelay(['--public', '*']));
    publish(await session(relay, STRANGER), STRANGER_BYTES);
    const viewer = await Viewer.start(relay);
    const gateway = await session(relay, VICTIM);
    publish(gateway, VICTIM_BYTES);
    publish(gateway, VICTIM_BYTES, 'other');
    const closed = gateway.transport.closed.then(() => 'closed');
    expect(await Promise.race([closed, sleep(1_500)])).toBeUndefined();
    expect(await viewer.next()).toBe(STRANGER_BYTES);
    await waitUntilAnnounced(await session(relay, NEW_ADDRESS), 'other');
  });

  it('that the app pushes explains that its name is in use, and is accepted when the name is free', async () => {
    const relay = own(await startRelay(['--public', '*']));
    const other = publish(await session(relay, STRANGER), STRANGER_BYTES);
    const origin = new Origin();
    const { producer } = own(new NumberedBroadcast({ bytes: VICTIM_BYTES }));
    origin.publish(Path.from('live/show'), producer.consume(), { by: producer, hasTrackInfo: true });
    const push = own(
      new Push({
        origin,
        label: 'push',
        name: 'show',
        grants: { read: [exactMount('live/show', 'show')], publish: [], pull: false },
        dial: relayDialer(relay.relay.http, '', () => Promise.reject(new Error('not over iroh'))),
        failureOf: pushFailureOf,
      }),
    );
    await waitFor('the refusal', () => push.state.get().message === pushFailureTexts.taken);
    other.close();
    const viewer = await Viewer.start(relay);
    await waitFor('the push', () => viewer.bytes === VICTIM_BYTES, 20_000);
    expect(push.state.get()).toEqual({ state: 'live', message: '' });
  }, 40_000);
});
