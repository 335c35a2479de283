import { describe, expect, it } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { parseTicket } from '../../../../../common/ticket/ticket.ts';
import { ticketBaseFor } from '../../../../../main/relay/http/ticket-base.ts';

const PRIVATE = '10.0.0.5:4500';
const PUBLIC = '93.184.216.34:4500';
const RELAY = 'https://relay.example./';
const endpoint = {
  id: '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
  addr: new Store({ relayUrls: [RELAY], ipAddrs: [PRIVATE, PUBLIC] }),
};

function addressesFor(client: string | undefined, mayPublish: boolean, allowPrivateAddresses = false) {
  const { ipAddrs, relayUrls } = parseTicket(
    `${ticketBaseFor(endpoint, { client, mayPublish, allowPrivateAddresses })}name`,
  );
  expect(relayUrls).toEqual([RELAY]);
  return ipAddrs;
}

describe('the ticket in /relay.json', () => {
  it('contains no IP address for clients that may not publish', () => {
    expect(addressesFor('93.184.216.35', false)).toEqual([]);
    expect(addressesFor('127.0.0.1', false, true)).toEqual([]);
  });

  it('contains only public addresses for publishers on the internet', () => {
    expect(addressesFor('93.184.216.35', true)).toEqual([PUBLIC]);
    expect(addressesFor('2606:2800:220::1', true)).toEqual([PUBLIC]);
    expect(addressesFor(undefined, true)).toEqual([PUBLIC]);
  });

  it('contains all addresses for publishers in a private network, and on a relay in a home network', () => {
    expect(addressesFor('10.0.0.7', true)).toEqual([PRIVATE, PUBLIC]);
    expect(addressesFor('::1', true)).toEqual([PRIVATE, PUBLIC]);
    expect(addressesFor('93.184.216.35', true, true)).toEqual([PRIVATE, PUBLIC]);
  });
});
