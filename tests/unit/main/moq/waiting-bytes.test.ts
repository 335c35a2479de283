import { describe, expect, it, vi } from 'vitest';
import { ByteBudget } from '../../../../main/moq/byte-budget.ts';
import { WaitingBytes } from '../../../../main/moq/waiting-bytes.ts';

describe('the limit on waiting control messages', () => {
  it('disconnects a session that exceeds one MiB, once, and stops counting it', () => {
    const budget = new ByteBudget(100 * 1024 * 1024);
    const onOverflow = vi.fn();
    const waiting = new WaitingBytes(onOverflow, undefined, budget);
    waiting.add(1024 * 1024);
    expect(onOverflow).not.toHaveBeenCalled();
    waiting.add(1);
    waiting.add(1024 * 1024);
    expect(onOverflow).toHaveBeenCalledOnce();
    expect(budget.totalBytes).toBe(0);
  });

  it('does not disconnect a session whose messages are read in time', () => {
    const onOverflow = vi.fn();
    const waiting = new WaitingBytes(onOverflow, 1_000, new ByteBudget(10_000));
    for (let i = 0; i < 100; i += 1) {
      waiting.add(900);
      waiting.add(-900);
    }
    expect(onOverflow).not.toHaveBeenCalled();
  });

  it('disconnects only the largest session when all sessions together exceed 16 MiB', () => {
    const disconnected: string[] = [];
    const open = (name: string, bytes: number) => {
      const waiting = new WaitingBytes(() => disconnected.push(name));
      waiting.add(bytes);
      return waiting;
    };
    const sessions = [open('largest', 1024 * 1024)];
    for (let i = 0; i < 15; i += 1) sessions.push(open(`session ${i}`, 1_000_000));
    expect(disconnected).toEqual([]);
    sessions.push(open('last', 1_000_000));
    expect(disconnected).toEqual(['largest']);
    for (const session of sessions) session.release();
  });

  it('counts nothing for a session that has ended', () => {
    const budget = new ByteBudget(1_000);
    const onOverflow = vi.fn();
    const waiting = new WaitingBytes(onOverflow, 100, budget);
    waiting.add(90);
    waiting.release();
    waiting.add(90);
    waiting.release();
    expect(budget.totalBytes).toBe(0);
    expect(onOverflow).not.toHaveBeenCalled();
  });
});
