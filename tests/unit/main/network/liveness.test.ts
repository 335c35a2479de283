import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Scope } from '../../../../common/base/scope.ts';
import type { PeerAddr } from '../../../../common/ticket/ticket.ts';
import { CALL_LIVENESS, LIVENESS, watchLiveness } from '../../../../main/network/liveness.ts';
import { registerPeerProbe } from '../../../../main/network/peer-probe.ts';
import type { Session } from '../../../../main/origin/session.ts';

/** A fake session with the members that `watchLiveness` uses. A real session cannot go silent under fake timers. */
class FakeSession {
  readonly label = 'test';
  readonly scope = new Scope();
  received: number | undefined = 0;
  pings = 0;
  closedWith: string | undefined;
  failing = false;

  readonly established = {
    stats: async () => {
      if (this.failing) throw new Error('no counters');
      return { bytesReceived: this.received };
    },
  };
  readonly transport = {
    createBidirectionalStream: async () => {
      this.pings += 1;
      return { readable: new ReadableStream(), writable: new WritableStream() };
    },
  };

  async close(reason: string): Promise<void> {
    this.closedWith = reason;
    await this.scope.close();
  }
}

let session: FakeSession;
let setConfig: ReturnType<typeof watchLiveness>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  session = new FakeSession();
  setConfig = watchLiveness(session as unknown as Session, LIVENESS);
});

afterEach(async () => {
  await session.scope.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Advances the clock by `ms` and runs `beforeSample` before each sample. */
async function advance(ms: number, beforeSample: () => void = () => undefined): Promise<void> {
  for (let at = 0; at < ms; at += LIVENESS.sampleEveryMs) {
    beforeSample();
    await vi.advanceTimersByTimeAsync(LIVENESS.sampleEveryMs);
  }
}

describe('liveness watch', () => {
  it('neither pings nor closes a session that receives data', async () => {
    await advance(20_000, () => {
      session.received = (session.received ?? 0) + 1;
    });
    expect(session).toMatchObject({ pings: 0, closedWith: undefined });
  });

  it('pings a silent peer before it closes the session', async () => {
    await advance(LIVENESS.pingAfterMs);
    expect(session.pings).toBe(0);
    await advance(2 * LIVENESS.sampleEveryMs);
    expect(session.pings).toBeGreaterThan(0);
    expect(session.closedWith).toBeUndefined();
  });

  it('keeps the session of a peer that responds to the pings', async () => {
    for (let round = 0; round < 5; round += 1) {
      await advance(LIVENESS.lostAfterMs - 2 * LIVENESS.sampleEveryMs);
      session.received = (session.received ?? 0) + 30;
    }
    expect(session.pings).toBeGreaterThan(5);
    expect(session.closedWith).toBeUndefined();
  });

  it('closes the session of a peer that stays silent', async () => {
    await advance(LIVENESS.lostAfterMs + 3 * LIVENESS.sampleEveryMs);
    expect(session.closedWith).toBe('no answer');
  });

  it('applies the limits of a call starting with the next sample', async () => {
    const receiveMedia = () => {
      session.received = (session.received ?? 0) + 1_000;
    };
    await advance(3_000, receiveMedia);
    await advance(CALL_LIVENESS.stalledAfterMs + 2 * CALL_LIVENESS.sampleEveryMs);
    expect(session.closedWith).toBeUndefined();
    setConfig(CALL_LIVENESS);
    await advance(CALL_LIVENESS.sampleEveryMs);
    expect(session.closedWith).toBe('no answer');
  });

  it('does not close a session whose transport has no counters or cannot read them', async () => {
    session.received = undefined;
    await advance(20_000);
    session.failing = true;
    await advance(20_000);
    expect(session).toMatchObject({ pings: 0, closedWith: undefined });
  });
});

/** A fake session over a direct path, which is selected, and a relay. The relay's path carries only keep-alives. */
class FakeTwoPathSession extends FakeSession {
  readonly owner = {};
  directBytes = 0;
  sentBytes = 0;
  rttMs = 20;
  /** The address and the start of each probe. */
  readonly probes: { peer: PeerAddr; atMs: number }[] = [];
  /** How long the peer takes to answer a probe, in ms; undefined if it does not answer. */
  answersAfterMs: number | undefined;
  /** Whether pings are acknowledged on the direct path. */
  acknowledges = false;

  override readonly transport = {
    remoteId: 'a'.repeat(64),
    owner: this.owner,
    totals: () => ({ udpRxBytes: this.directBytes, udpTxBytes: this.sentBytes }),
    paths: () => [
      this.#path('192.0.2.1:1', true, this.directBytes),
      this.#path('https://relay.example/', false, 0),
    ],
    createBidirectionalStream: async () => {
      this.pings += 1;
      if (this.acknowledges) setTimeout(() => (this.directBytes += 40), this.rttMs);
      return { readable: new ReadableStream(), writable: new WritableStream() };
    },
  };

  constructor() {
    super();
    registerPeerProbe(this.owner, async (peer) => {
      this.probes.push({ peer, atMs: performance.now() });
      const { answersAfterMs } = this;
      if (answersAfterMs === undefined) return false;
      await new Promise((resolve) => setTimeout(resolve, answersAfterMs));
      return true;
    });
  }

  receive(): void {
    this.directBytes += 12_000;
    this.sentBytes += 100;
  }

  #path(remoteAddr: string, isSelected: boolean, udpRxBytes: number) {
    const { rttMs } = this;
    return { id: remoteAddr, remoteAddr, isSelected, isRelay: !isSelected, rttMs, stats: { udpRxBytes } };
  }
}

describe('liveness watch of a connection with two paths', () => {
  let twoPaths: FakeTwoPathSession;
  let closedAtMs: number | undefined;
  let setTwoPathConfig: ReturnType<typeof watchLiveness>;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'performance'] });
    twoPaths = new FakeTwoPathSession();
    closedAtMs = undefined;
    twoPaths.scope.own(() => {
      closedAtMs = performance.now();
    });
    setTwoPathConfig = watchLiveness(twoPaths as unknown as Session, LIVENESS);
    await advance(5_000, () => twoPaths.receive());
  });

  afterEach(() => twoPaths.scope.close());

  it('closes the session within 0.8 s if the peer answers on another path', async () => {
    twoPaths.answersAfterMs = 100;
    const sinceMs = performance.now();
    await advance(1_500);
    expect(twoPaths.closedWith).toBe('no answer');
    expect((closedAtMs ?? Number.NaN) - sinceMs).toBeLessThanOrEqual(800);
    expect(twoPaths.probes.map(({ peer }) => peer)).toEqual([
      { endpointId: 'a'.repeat(64), relayUrls: ['https://relay.example/'], ipAddrs: ['192.0.2.1:1'] },
    ]);
  });

  it('waits for the usual limit if the peer answers nowhere', async () => {
    await advance(LIVENESS.stalledAfterMs - 200);
    expect(twoPaths.probes.length).toBeGreaterThan(0);
    expect(twoPaths.closedWith).toBeUndefined();
    await advance(400);
    expect(twoPaths.closedWith).toBe('no answer');
  });

  it('keeps the session if the path was only slow: data arrives before the answer or right after it', async () => {
    twoPaths.answersAfterMs = 300;
    for (let round = 0; round < 5; round += 1) {
      await advance(700);
      await advance(2_000, () => twoPaths.receive());
    }
    expect(twoPaths.probes.length).toBeGreaterThan(0);
    expect(twoPaths.closedWith).toBeUndefined();
  });

  it('keeps the session of a peer that sends no media for a while, but acknowledges pings', async () => {
    twoPaths.answersAfterMs = 50;
    twoPaths.acknowledges = true;
    // The usual pings would come too late.
    setTwoPathConfig({ ...LIVENESS, pingAfterMs: 3_000 });
    for (const rttMs of [20, 200, 600]) {
      twoPaths.rttMs = rttMs;
      await advance(5_000, () => twoPaths.receive());
      await advance(4_000);
    }
    expect(twoPaths.probes.length).toBeGreaterThan(0);
    expect(twoPaths.closedWith).toBeUndefined();
    // Lets the last acknowledgement arrive.
    twoPaths.acknowledges = false;
    await advance(twoPaths.rttMs);
  });

  it('gives data that was sent before the answer a round trip of time', async () => {
    twoPaths.rttMs = 500;
    twoPaths.answersAfterMs = 0;
    await advance(3 * twoPaths.rttMs + 100);
    expect(twoPaths.probes).toHaveLength(1);
    await advance(400);
    expect(twoPaths.closedWith).toBeUndefined();
    await advance(400);
    expect(twoPaths.closedWith).toBe('no answer');
  });

  it('probes later on a link with pauses', async () => {
    for (let round = 0; round < 4; round += 1) {
      await advance(400);
      await advance(400, () => twoPaths.receive());
    }
    twoPaths.probes.length = 0;
    const sinceMs = performance.now();
    await advance(1_500);
    expect((twoPaths.probes[0]?.atMs ?? 0) - sinceMs).toBeGreaterThanOrEqual(600);
  });

  it('does not probe a peer that sends no media', async () => {
    await twoPaths.scope.close();
    const idle = new FakeTwoPathSession();
    watchLiveness(idle as unknown as Session, LIVENESS);
    await advance(LIVENESS.lostAfterMs - 500);
    expect(idle).toMatchObject({ probes: [], closedWith: undefined });
    await idle.scope.close();
  });

  it('neither probes nor closes right after the machine was asleep', async () => {
    twoPaths.answersAfterMs = 0;
    const { now } = performance;
    const sleptMs = 60_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + sleptMs);
    await advance(300);
    expect(twoPaths).toMatchObject({ probes: [], closedWith: undefined });
    await advance(1_000, () => twoPaths.receive());
    expect(twoPaths).toMatchObject({ probes: [], closedWith: undefined });
    clock.mockRestore();
  });
});
