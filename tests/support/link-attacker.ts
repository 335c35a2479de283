import { Broadcast, Connection, Path } from 'moq-net';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { IncomingPeer } from '../../main/endpoint/endpoint.ts';
import { plainPeer } from './calls.ts';

/**
 * A stranger who sends links with tickets, and who can ring at the same time. Nothing of the app runs here, so the
 * attacker accepts every connection and reads whatever the app sends.
 */
export interface LinkAttacker {
  readonly callTicket: string;
  readonly watchTicket: string;
  /** The connections that the app has opened to the attacker so far. */
  readonly connections: readonly IncomingPeer[];
  /** The display names that the app has sent so far, as caller or callee. */
  readonly names: readonly string[];
  /** Rings the app that `callTicket` names. Resolves to a function that hangs up. */
  ring(callTicket: string): Promise<() => void>;
  close(): Promise<void>;
}

/** Opens the attacker's endpoint on loopback. The caller closes it. */
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

/** Reads the call status that the app publishes until the session ends. Rejects when it does. */
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
