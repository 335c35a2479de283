import { Broadcast, Connection, Path } from 'moq-net';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { IncomingPeer } from '../../main/endpoint/endpoint.ts';
import { plainPeer } from './calls.ts';

/**
 * A stranger who sends links with tickets and can call at the same time. Does not run the app's code, accepts
 * every connection, and reads everything that the app sends.
 */
export interface LinkAttacker {
  readonly callTicket: string;
  readonly watchTicket: string;
  /** The connections that the app has opened to the attacker so far. */
  readonly connections: readonly IncomingPeer[];
  /** The display names that the app has sent so far, as caller or callee. */
  readonly names: readonly string[];
  /** Calls the app that `callTicket` belongs to. Resolves to a function that hangs up. */
  ring(callTicket: string): Promise<() => void>;
  close(): Promise<void>;
}

/** Opens the attacker's endpoint on loopback. The test must close it. */
export async function startLinkAttacker(): Promise<LinkAttacker> {
  const peer = await plainPeer(['moq-lite-05', 'moq-lite-03']);
  const connections: IncomingPeer[] = [];
  const names: string[] = [];
  peer.endpoint.onConnection((incoming) => {
    connections.push(incoming);
    void Connection.accept(incoming.transport, new URL('moq://attacker/'))
      .then((session) => {
        session.publish(Path.from('call'), new Broadcast.Producer());
        return readNames(session, names);
      })
      .catch(() => undefined);
  });
  return {
    callTicket: peer.endpoint.ticketFor('call'),
    watchTicket: peer.endpoint.ticketFor('hello'),
    connections,
    names,
    ring: async (callTicket) => {
      const transport = await peer.endpoint.connect(parseTicket(callTicket));
      const session = await Connection.connect(new URL('moq://attacker/'), { transport });
      session.publish(Path.from('call'), new Broadcast.Producer());
      void readNames(session, names).catch(() => undefined);
      return () => session.close();
    },
    close: () => peer.close(),
  };
}

/** Adds the display names in the app's call status to `names`. Rejects when the session ends. */
async function readNames(session: Connection.Established, names: string[]): Promise<never> {
  const status = session.announced(Path.from('call-status'));
  for (;;) {
    const event = await status.next();
    if (!event) throw new Error('the session has ended');
    if (!event.active) continue;
    const track = session.consume(Path.from('call-status')).subscribe('status.json');
    for (let group = await track.recvGroup(); group; group = await track.recvGroup()) {
      const frame = await group.readFrame();
      if (!frame) continue;
      const { name } = JSON.parse(new TextDecoder().decode(frame.payload)) as { name: string };
      if (name !== '') names.push(name);
    }
  }
}
