import { describe, expect, test } from 'vitest';
import { TicketRequests } from '../../../../main/app/ticket-requests.ts';

const shownTicket = (requests: TicketRequests): string | undefined => requests.shown.get()?.ticket;

describe('tickets from outside the window', () => {
  test('are shown with their origin, and taken only by their id', () => {
    const requests = new TicketRequests();
    requests.add('a', 'link');
    const shown = requests.shown.get();
    expect(shown).toMatchObject({ ticket: 'a', origin: 'link' });
    expect(() => requests.take('another')).toThrow('no longer waiting');
    expect(requests.take(shown?.id ?? '')).toBe(shown);
    expect(requests.shown.get()).toBeNull();
    expect(() => requests.take(shown?.id ?? '')).toThrow('no longer waiting');
  });

  test('never replace the one that is shown, and only the newest one waits', () => {
    const requests = new TicketRequests();
    const changes: (string | undefined)[] = [];
    requests.shown.subscribe((request) => changes.push(request?.ticket));
    for (let i = 0; i < 1_000; i++) requests.add(String(i), 'second-instance');
    expect(changes).toEqual(['0']);
    requests.discard(requests.shown.get()?.id ?? '');
    expect(shownTicket(requests)).toBe('999');
    requests.discard(requests.shown.get()?.id ?? '');
    expect(changes).toEqual(['0', '999', undefined]);
  });

  test('are shown once if the same link is opened again', () => {
    const requests = new TicketRequests();
    requests.add('a', 'link');
    requests.add('a', 'link');
    requests.take(requests.shown.get()?.id ?? '');
    expect(requests.shown.get()).toBeNull();
  });

  test('stay when a decision about an earlier one arrives late', () => {
    const requests = new TicketRequests();
    requests.add('a', 'link');
    const first = requests.shown.get()?.id ?? '';
    requests.discard(first);
    requests.add('b', 'link');
    requests.discard(first);
    expect(() => requests.take(first)).toThrow('no longer waiting');
    expect(shownTicket(requests)).toBe('b');
  });
});
