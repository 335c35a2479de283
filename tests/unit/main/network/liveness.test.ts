import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Scope } from '../../../../common/base/scope.ts';
import { CALL_LIVENESS, LIVENESS, watchLiveness } from '../../../../main/network/liveness.ts';
import type { Session } from '../../../../main/origin/session.ts';

/** As much of a session as is looked at: a real one cannot be made silent by the clock of a test. */
class FakeSession {
  readonly label = 'test';
  readonly scope = new Scope();
  received: number | undefined = 0;
  nudges = 0;
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
      this.nudges += 1;
      return { readable: new ReadableStream(), writable: new WritableStream() };
    },
  };

  async close(reason: string): Promise<void> {
    this.closedWith = reason;
    await this.scope.close();
  }
}

let session: FakeSession;
let watchAs: ReturnType<typeof watchLiveness>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  session = new FakeSession();
  watchAs = watchLiveness(session as unknown as Session, LIVENESS);
});

afterEach(async () => {
  await session.scope.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Lets time pass, and `every` look do something. */
async function pass(ms: number, every: () => void = () => undefined): Promise<void> {
  for (let at = 0; at < ms; at += LIVENESS.everyMs) {
    every();
    await vi.advanceTimersByTimeAsync(LIVENESS.everyMs);
  }
}

describe('a peer', () => {
  it('that is heard is left alone', async () => {
    await pass(20_000, () => {
      session.received = (session.received ?? 0) + 1;
    });
    expect(session).toMatchObject({ nudges: 0, closedWith: undefined });
  });

  it('that is silent is nudged, not yet given up', async () => {
    await pass(LIVENESS.nudgeAfterMs);
    expect(session.nudges).toBe(0);
    await pass(2 * LIVENESS.everyMs);
    expect(session.nudges).toBeGreaterThan(0);
    expect(session.closedWith).toBeUndefined();
  });

  it('that answers the nudge is alive again', async () => {
    for (let round = 0; round < 5; round += 1) {
      await pass(LIVENESS.lostAfterMs - 2 * LIVENESS.everyMs);
      session.received = (session.received ?? 0) + 30;
    }
    expect(session.nudges).toBeGreaterThan(5);
    expect(session.closedWith).toBeUndefined();
  });

  it('that stays silent is given up', async () => {
    await pass(LIVENESS.lostAfterMs + 3 * LIVENESS.everyMs);
    expect(session.closedWith).toBe('no answer');
  });
});

it('a viewer that turns out to be a caller is waited for as callers are, from the next look on', async () => {
  const speaks = () => {
    session.received = (session.received ?? 0) + 1_000;
  };
  await pass(3_000, speaks);
  await pass(CALL_LIVENESS.stalledAfterMs + 2 * CALL_LIVENESS.everyMs);
  expect(session.closedWith).toBeUndefined();
  watchAs(CALL_LIVENESS);
  await pass(CALL_LIVENESS.everyMs);
  expect(session.closedWith).toBe('no answer');
});

it('a transport that counts nothing, or cannot tell, is left alone', async () => {
  session.received = undefined;
  await pass(20_000);
  session.failing = true;
  await pass(20_000);
  expect(session).toMatchObject({ nudges: 0, closedWith: undefined });
});
