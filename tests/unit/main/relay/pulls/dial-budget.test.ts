import { describe, expect, it } from 'vitest';
import { DialBudget } from '../../../../../main/relay/pulls/dial-budget.ts';

const address = (ipAddrs: string[], relayUrls: string[] = []) => ({ endpointId: 'a', relayUrls, ipAddrs });

describe('the dial budget', () => {
  it('limits the attempts to an address that does not respond, regardless of ticket and port', () => {
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

  it('does not limit an address that has responded', () => {
    const budget = new DialBudget(() => 0);
    budget.confirm('93.184.216.34:4433');
    for (let i = 0; i < 100; i += 1) expect(budget.spend(address([`93.184.216.34:${i}`]))).toBeDefined();
  });

  it('leaves some attempts for other clients when one client has used up the budget of an address', () => {
    let nowMs = 0;
    const budget = new DialBudget(() => nowMs);
    const dials = (count: number, ...clients: string[]) =>
      Array.from({ length: count }, () => budget.spend(address(['93.184.216.34:1']), () => clients)).filter(
        (allowed) => allowed,
      ).length;
    expect(dials(100, 'attacker')).toBe(14);
    expect(dials(100, 'attacker')).toBe(0);
    expect(dials(10, 'viewer')).toBe(2);
    // A dial on behalf of both clients can use the remaining budget of either one.
    expect(dials(10, 'attacker', 'another viewer')).toBe(2);
    nowMs = 60_000;
    expect(dials(100, 'viewer')).toBe(14);
  });

  it('limits what all clients together and the clients of one IPv6 /48 network get', () => {
    const budget = new DialBudget(() => 0);
    const spend = (client: string) => budget.spend(address(['93.184.216.34:1']), () => [client]);
    const ofNetwork = Array.from({ length: 100 }, (_, i) =>
      spend(`20010db80001${i.toString(16).padStart(4, '0')}/64`),
    );
    expect(ofNetwork.filter((allowed) => allowed)).toHaveLength(14);
    const ofAll = Array.from({ length: 1_000 }, (_, i) => spend(`client ${i}`));
    expect(ofAll.filter((allowed) => allowed)).toHaveLength(34);
  });
});
