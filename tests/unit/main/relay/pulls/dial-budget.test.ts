import { describe, expect, it } from 'vitest';
import { DialBudget } from '../../../../../main/relay/pulls/dial-budget.ts';

const address = (ipAddrs: string[], relayUrls: string[] = []) => ({ endpointId: 'a', relayUrls, ipAddrs });

describe('the dial budget', () => {
  it('limits the attempts to an address that does not answer, whatever the ticket and the port', () => {
    let nowMs = 0;
    const budget = new DialBudget(() => nowMs);
    const spent = Array.from({ length: 100 }, (_, i) =>
      budget.spend({
        ...address([`93.184.216.34:${4000 + i}`, `93.184.216.34:${5000 + i}`]),
        endpointId: `${i}`,
      }),
    );
    expect(spent.filter((allowed) => allowed)).toHaveLength(12);
    expect(budget.spend(address(['93.184.216.34:1', '198.51.100.1:1']))?.ipAddrs).toEqual(['198.51.100.1:1']);
    expect(budget.spend(address(['93.184.216.34:1'], ['https://relay.example/']))).toEqual(
      address([], ['https://relay.example/']),
    );
    nowMs = 60_000;
    expect(budget.spend(address(['93.184.216.34:1']))).toBeDefined();
  });

  it('covers an IPv6 /48 network as well', () => {
    const budget = new DialBudget(() => 0);
    const spent = Array.from({ length: 100 }, (_, i) =>
      budget.spend(address([`[2606:2800:220:${(i + 1).toString(16)}::1]:1`])),
    );
    expect(spent.filter((allowed) => allowed)).toHaveLength(48);
  });

  it('does not limit an address that has answered', () => {
    const budget = new DialBudget(() => 0);
    budget.confirm('93.184.216.34:4433');
    for (let i = 0; i < 100; i += 1) expect(budget.spend(address([`93.184.216.34:${i}`]))).toBeDefined();
  });
});
