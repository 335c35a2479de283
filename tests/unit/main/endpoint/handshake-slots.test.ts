import { beforeEach, describe, expect, it } from 'vitest';
import { HandshakeSlots, STALLED_MS } from '../../../../main/endpoint/handshake-slots.ts';

const LIMITS = { direct: 5, perAddress: 2, relayed: 8, perRelayedPeer: 2, contacts: 4 };

let nowMs: number;
let slots: HandshakeSlots;

beforeEach(() => {
  nowMs = 0;
  slots = new HandshakeSlots(LIMITS, () => nowMs);
});

const direct = (from: string) => slots.begin({ from, isRelayed: false, isContact: false });
const relayed = (from: string) => slots.begin({ from, isRelayed: true, isContact: false });
const contact = (from: string) => slots.begin({ from, isRelayed: true, isContact: true });

describe('the slots for handshakes', () => {
  it('limit the handshakes of one address until they end', () => {
    const [first] = [direct('a'), direct('a')];
    expect(direct('a')).toBeUndefined();
    first?.end();
    first?.end();
    expect(direct('a')).toBeDefined();
    expect(direct('a')).toBeUndefined();
  });

  it('limit the handshakes of one endpoint id behind an iroh relay', () => {
    const handshakes = Array.from({ length: 20 }, () => relayed('stranger'));
    expect(handshakes.filter((handshake) => handshake)).toHaveLength(2);
    expect(relayed('another stranger')).toBeDefined();
  });

  it('remain for contacts and direct peers when ids behind iroh relays use all others', () => {
    const handshakes = Array.from({ length: 100 }, (_, i) => relayed(`id ${i}`));
    expect(handshakes.filter((handshake) => handshake)).toHaveLength(8);
    expect([contact('friend'), contact('friend'), contact('friend')].map(Boolean)).toEqual([
      true,
      true,
      false,
    ]);
    expect(direct('a')).toBeDefined();
  });

  it('remain for peers behind iroh relays when direct peers use all others', () => {
    for (let i = 0; i < 20; i += 1) direct(`address ${i}`);
    expect(direct('a')).toBeUndefined();
    expect(relayed('stranger')).toBeDefined();
  });

  it('pass from the oldest handshake to a new one only when the old one has stalled', () => {
    const oldest = relayed('id 0');
    nowMs = 1;
    const handshakes = Array.from({ length: 7 }, (_, i) => relayed(`id ${i + 1}`));
    nowMs = STALLED_MS - 1;
    expect(relayed('stranger')).toBeUndefined();
    expect(oldest?.signal.aborted).toBe(false);
    nowMs = STALLED_MS;
    expect(relayed('stranger')).toBeDefined();
    expect(oldest?.signal.aborted).toBe(true);
    // The other handshakes are younger, so they have not stalled yet.
    expect(relayed('another stranger')).toBeUndefined();
    expect(handshakes.some((handshake) => handshake?.signal.aborted)).toBe(false);
  });

  it('pass to a new handshake only from its own source if the limit of the source is reached', () => {
    const other = direct('b');
    const own = [direct('2001:db8::1'), direct('a'), direct('a')];
    nowMs = STALLED_MS;
    expect(direct('a')).toBeDefined();
    expect(own.map((handshake) => handshake?.signal.aborted)).toEqual([false, true, false]);
    expect(other?.signal.aborted).toBe(false);
  });
});
