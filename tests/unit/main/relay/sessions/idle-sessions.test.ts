import { describe, expect, it } from 'vitest';
import { selectIdleSession } from '../../../../../main/relay/sessions/idle-sessions.ts';

const NOW_MS = 100_000;
const session = (client: string, idleMs: number) => ({ client, idleSinceMs: NOW_MS - idleMs });

describe('the session that loses its slot', () => {
  it('is never one that was active in the last 30 seconds', () => {
    expect(selectIdleSession([session('a', 0), session('b', 29_999)], NOW_MS)).toBeUndefined();
    expect(selectIdleSession([], NOW_MS)).toBeUndefined();
  });

  it('belongs to the client with the most idle sessions, and is its longest idle one', () => {
    const waiting = session('viewer', 90_000);
    const hoard = [session('hoarder', 31_000), session('hoarder', 40_000), session('hoarder', 1_000)];
    expect(selectIdleSession([waiting, ...hoard], NOW_MS)).toBe(hoard[1]);
    expect(selectIdleSession([waiting, session('other', 50_000)], NOW_MS)).toBe(waiting);
  });

  it('belongs to the client or IPv6 network whose limit has been reached', () => {
    const six = (subnet: number) => `20010db8aaaa${subnet.toString(16).padStart(4, '0')}/64`;
    const sessions = [session('a', 99_000), session(six(1), 50_000), session(six(2), 40_000)];
    expect(selectIdleSession(sessions, NOW_MS, six(3))).toBe(sessions[1]);
    expect(selectIdleSession(sessions, NOW_MS, 'b')).toBeUndefined();
  });
});
