import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TicketRequest } from '../../../../common/bridge/bridge.ts';
import { TicketRequests } from '../../../../main/app/ticket-requests.ts';

const shownTicket = (requests: TicketRequests): string | undefined => requests.shown.get()?.ticket;
const shownId = (requests: TicketRequests): string => requests.shown.get()?.id ?? '';
const ignore = (): void => undefined;

afterEach(() => vi.useRealTimers());

describe('tickets from outside the window', () => {
  test('are shown with their origin, and confirmed only by their id', () => {
    const requests = new TicketRequests();
    const opened: TicketRequest[] = [];
    const open = (request: TicketRequest): void => void opened.push(request);
    requests.add('a', 'link');
    const shown = requests.shown.get();
    expect(shown).toMatchObject({ ticket: 'a', origin: 'link' });
    expect(() => requests.confirm('another', open)).toThrow('no longer waiting');
    expect(opened).toEqual([]);
    requests.confirm(shown?.id ?? '', open);
    expect(opened).toEqual([shown]);
    expect(requests.shown.get()).toBeNull();
    expect(() => requests.confirm(shown?.id ?? '', open)).toThrow('no longer waiting');
  });

  test('stay if they cannot be opened, so that the user can try again', () => {
    const requests = new TicketRequests();
    requests.add('a', 'link');
    const id = shownId(requests);
    const refuse = (): void => {
      throw new Error('You are in a call.');
    };
    expect(() => requests.confirm(id, refuse)).toThrow('You are in a call.');
    expect(shownTicket(requests)).toBe('a');
    requests.confirm(id, ignore);
    expect(requests.shown.get()).toBeNull();
  });

  test('never replace the one that is shown, and only the newest one waits', () => {
    const requests = new TicketRequests();
    const changes: (string | undefined)[] = [];
    requests.shown.subscribe((request) => changes.push(request?.ticket));
    for (let i = 0; i < 1_000; i++) requests.add(String(i), 'second-instance');
    expect(changes).toEqual(['0']);
    requests.discard(shownId(requests));
    expect(shownTicket(requests)).toBe('999');
    requests.discard(shownId(requests));
    expect(changes).toEqual(['0', undefined, '999', undefined]);
  });

  test('wait longer if links keep arriving, but a dropped ticket is shown at once', () => {
    // The clock is fake, because the real limit is one ticket in 10 seconds.
    vi.useFakeTimers();
    const requests = new TicketRequests({ burst: 2, intervalMs: 10_000 });
    for (const ticket of ['a', 'b']) {
      requests.add(ticket, 'link');
      expect(shownTicket(requests)).toBe(ticket);
      requests.discard(shownId(requests));
    }
    requests.add('c', 'link');
    requests.add('d', 'link');
    expect(requests.shown.get()).toBeNull();
    vi.advanceTimersByTime(10_000);
    expect(shownTicket(requests)).toBe('d');
    requests.discard(shownId(requests));
    requests.add('e', 'link');
    expect(requests.shown.get()).toBeNull();
    requests.add('dropped', 'drop');
    expect(shownTicket(requests)).toBe('dropped');
  });

  test('do not appear after the app has closed', () => {
    vi.useFakeTimers();
    const requests = new TicketRequests({ burst: 1, intervalMs: 10_000 });
    requests.add('a', 'link');
    requests.discard(shownId(requests));
    requests.add('b', 'link');
    requests.close();
    vi.advanceTimersByTime(60_000);
    expect(requests.shown.get()).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('are shown once if the same link is opened again', () => {
    const requests = new TicketRequests();
    requests.add('a', 'link');
    requests.add('a', 'link');
    requests.confirm(shownId(requests), ignore);
    expect(requests.shown.get()).toBeNull();
  });

  test('stay when a decision about an earlier one arrives late', () => {
    const requests = new TicketRequests();
    requests.add('a', 'link');
    const first = shownId(requests);
    requests.discard(first);
    requests.add('b', 'link');
    requests.discard(first);
    expect(() => requests.confirm(first, ignore)).toThrow('no longer waiting');
    expect(shownTicket(requests)).toBe('b');
  });
});
