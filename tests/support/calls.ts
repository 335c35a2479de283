import { randomBytes } from 'node:crypto';
import { Broadcast, Connection, Path } from 'moq-net';
import type { CallState } from '../../common/bridge/bridge.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { CallEvent } from '../../main/calls/calls-options.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { type RunningApp, windowOf } from './apps.ts';
import { NumberedBroadcast, readNumbers } from './sessions.ts';
import { waitFor } from './wait.ts';

/** Returns a signal that aborts after 30 s, for a bridge request. */
export const deadline = (): AbortSignal => AbortSignal.timeout(30_000);

/** Dials from one app to the other. Returns the caller's id for the call. */
export async function dial(from: RunningApp, to: RunningApp): Promise<string> {
  const { callTicket } = await to.state();
  return (await from.core.handlers['call.dial']({ ticket: callTicket }, deadline())).id;
}

/** Waits until the app's call is in the given state, and returns the call. */
export function inState(app: RunningApp, state: CallState['state'], timeoutMs?: number): Promise<CallState> {
  return waitFor(
    `call ${state}`,
    async () => (await app.state()).calls.find((call) => call.state === state),
    timeoutMs,
  );
}

export const accept = (app: RunningApp, id: string) => app.core.handlers['call.accept']({ id }, deadline());
export const decline = (app: RunningApp, id: string) => app.core.handlers['call.decline']({ id }, deadline());
export const hangUp = (app: RunningApp, id: string) => app.core.handlers['call.hangUp']({ id }, deadline());

/** The `--json` events about calls, as `DIRECTION STATE`. */
export function callEvents(app: RunningApp): string[] {
  return app.events
    .filter((event): event is CallEvent => event.event === 'call')
    .map(({ state, direction }) => `${direction} ${state}`);
}

const numbers: NumberedBroadcast[] = [];

/** Publishes numbers in a call, in place of the window's media. */
export function publishMedia(window: Connection.Established, id: string): NumberedBroadcast {
  const source = new NumberedBroadcast();
  numbers.push(source);
  window.publish(Path.from(`calls/${id}/out`), source.producer);
  return source;
}

/** Ends all broadcasts that `publishMedia` started. */
export function stopMedia(): void {
  for (const source of numbers.splice(0)) source.close();
}

/**
 * Reads some of the peer's media. Retries, because the path has no broadcast for a moment while a new one
 * replaces the old one.
 */
export function readMedia(window: Connection.Established, id: string): Promise<number[]> {
  return waitFor('numbers', async () => {
    const broadcast = window.consume(Path.from(`calls/${id}/in`));
    try {
      return await readNumbers(broadcast.subscribe('video'), 5);
    } catch {
      return undefined;
    } finally {
      broadcast.close();
    }
  });
}

/** Establishes a call between two apps, with media in both directions. */
export async function startCall(alice: RunningApp, bob: RunningApp) {
  const [a, b] = await Promise.all([windowOf(alice), windowOf(bob)]);
  const out = await dial(alice, bob);
  publishMedia(a, out);
  const { id } = await inState(bob, 'ringing');
  await accept(bob, id);
  publishMedia(b, id);
  await Promise.all([inState(alice, 'active'), inState(bob, 'active')]);
  await waitFor('media', async () =>
    [...(await alice.state()).calls, ...(await bob.state()).calls].every(({ hasMedia }) => hasMedia),
  );
  return { a, b, out, id };
}

/** A peer that supports only moq-lite and sends no call status, like iroh-live's `irl call`. */
export interface PlainPeer {
  endpoint: LiveEndpoint;
  /** Connects to an app as a client. */
  connect(app: RunningApp): Promise<{ transport: IrohTransport; session: Connection.Established }>;
  close(): Promise<void>;
}

/** Opens the endpoint of a plain peer. The caller closes it. */
export async function plainPeer(alpns = ['moq-lite-03']): Promise<PlainPeer> {
  const endpoint = await LiveEndpoint.open({
    secretKey: randomBytes(32),
    bind: '127.0.0.1:0',
    relay: 'disabled',
    alpns,
  });
  return {
    endpoint,
    async connect(app) {
      const transport = await endpoint.connect(parseTicket(app.core.callTicket()));
      const session = await Connection.connect(new URL('moq://plain/'), { transport });
      return { transport, session };
    },
    close: () => endpoint.close(),
  };
}

/** Creates a broadcast with one track whose newest group contains the text. */
export function textBroadcast(track: string, text: string): Broadcast.Producer {
  const producer = new Broadcast.Producer();
  producer.createTrack(track).writeString(text);
  return producer;
}
