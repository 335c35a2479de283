import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Scope } from '../../../../common/base/scope.ts';
import { CALL_LIVENESS, LIVENESS, watchLiveness } from '../../../../main/network/liveness.ts';
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
