import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RELAYED_PEERS } from '../../../../main/base/client-key.ts';
import { type PeerSlotLimits, PeerSlots, type PeerUse } from '../../../../main/live/peer-slots.ts';

const LIMITS: PeerSlotLimits = {
  total: 8,
  reserved: 2,
  perClient: 3,
  relayed: 2,
  perPeer: 2,
  idleMs: 1_000,
  waitingMs: 10_000,
  idleGraceMs: 100,
  waitingGraceMs: 500,
  watchingWindowMs: 1_000,
};

interface Peer {
  use: PeerUse;
  client: string;
  release: (() => void) | undefined;
  disconnected: string | undefined;
}

let slots: PeerSlots;
let created = 0;

beforeEach(() => {
  vi.useFakeTimers();
  slots = new PeerSlots((peer) => peer.startsWith('friend'), LIMITS);
});
afterEach(() => {
  slots.close();
  vi.useRealTimers();
});

function connect(client: string, use: PeerUse = 'watching', remoteId = `stranger ${created++}`): Peer {
  const peer: Peer = { use, client, release: undefined, disconnected: undefined };
  peer.release = slots.acquire({
    remoteId,
    client: () => peer.client,
    use: () => peer.use,
    disconnect: (reason) => {
      peer.disconnected = reason;
    },
  });
  return peer;
}
const isIn = ({ release, disconnected }: Peer) => release !== undefined && disconnected === undefined;

describe('slots for peers', () => {
  it('limit the peers of one address and all peers behind iroh relays together', () => {
    const near = Array.from({ length: 5 }, () => connect('192.0.2.1'));
    expect(near.filter(isIn)).toHaveLength(3);
    const relayed = Array.from({ length: 5 }, () => connect(RELAYED_PEERS));
    expect(relayed.filter(isIn)).toHaveLength(2);
    near[0]?.release?.();
    expect(isIn(connect('192.0.2.1'))).toBe(true);
  });

  it('limit the connections of one endpoint id, wherever they come from', () => {
    const peers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((from) => connect(from, 'watching', 'same'));
    expect(peers.map(isIn)).toEqual([true, true, false]);
  });

  it('remain free for contacts when strangers have taken all others', () => {
    const strangers = Array.from({ length: 20 }, (_, i) => connect(`192.0.2.${i}`));
    expect(strangers.filter(isIn)).toHaveLength(LIMITS.total - LIMITS.reserved);
    const friends = ['friend 1', 'friend 2', 'friend 3'].map((friend) =>
      connect('192.0.2.1', 'watching', friend),
    );
    expect(friends.map(isIn)).toEqual([true, true, false]);
    expect(strangers.every(({ disconnected }) => disconnected === undefined)).toBe(true);
  });

  it('are freed by idle peers, then by waiting peers, but never by those that watch or call', () => {
    const [watching, calling, waiting] = (['watching', 'call', 'waiting'] as const).map((use, i) =>
      connect(`192.0.2.${i}`, use),
    );
    vi.advanceTimersByTime(400);
    const idle = Array.from({ length: 3 }, () => connect('192.0.2.9', 'idle'));
    connect('', 'watching', 'friend 1');
    connect('', 'watching', 'friend 2');
    expect(isIn(connect('', 'watching', 'friend 3'))).toBe(false);
    vi.advanceTimersByTime(150);
    expect(
      ['friend 3', 'friend 4', 'friend 5'].map((friend) => isIn(connect('', 'watching', friend))),
    ).toEqual([true, true, true]);
    expect(idle.filter(isIn)).toHaveLength(0);
    expect(waiting && isIn(waiting)).toBe(true);
    vi.advanceTimersByTime(500);
    expect(isIn(connect('', 'watching', 'friend 6'))).toBe(true);
    expect(waiting?.disconnected).toBeDefined();
    expect(isIn(connect('', 'watching', 'friend 7'))).toBe(false);
    expect([watching, calling].every((peer) => peer && isIn(peer))).toBe(true);
  });

  it('are not taken from clients with few peers by a client with many', () => {
    const honest = connect('192.0.2.1', 'waiting');
    vi.advanceTimersByTime(600);
    const flood = Array.from({ length: 5 }, (_, i) => connect(`198.51.100.${i}`, 'watching'));
    expect(flood.every(isIn)).toBe(true);
    for (let i = 0; i < 20; i += 1) expect(isIn(connect(`203.0.113.${i}`))).toBe(false);
    expect(isIn(honest)).toBe(true);
  });

  it('are lost by peers that are idle or wait too long', () => {
    const idle = connect('192.0.2.1', 'idle');
    const waiting = connect('192.0.2.2', 'waiting');
    const friend = connect('192.0.2.3', 'waiting', 'friend');
    const watching = connect('192.0.2.4');
    vi.advanceTimersByTime(1_600);
    expect([idle, waiting, friend, watching].map(isIn)).toEqual([false, true, true, true]);
    watching.use = 'waiting';
    vi.advanceTimersByTime(9_500);
    expect([waiting, friend, watching].map(isIn)).toEqual([false, true, true]);
  });

  it('count for a peer’s address as soon as it is known', () => {
    const peer = connect(RELAYED_PEERS);
    connect(RELAYED_PEERS);
    expect(isIn(connect(RELAYED_PEERS))).toBe(false);
    peer.client = '192.0.2.1';
    vi.advanceTimersByTime(600);
    expect(isIn(connect(RELAYED_PEERS))).toBe(true);
    peer.release?.();
    expect(Array.from({ length: 4 }, () => connect('192.0.2.1')).filter(isIn)).toHaveLength(3);
  });
});
