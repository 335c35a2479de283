import { afterEach, expect, it, vi } from 'vitest';
import { bindEndpoint } from '../../../../main/endpoint/bind.ts';

/**
 * Records the n0 services that an endpoint is configured to use. A real endpoint would contact them, and does not
 * expose its settings.
 */
const calls = vi.hoisted((): string[] => []);
vi.mock('@number0/iroh', async (original) => ({
  ...(await original<typeof import('@number0/iroh')>()),
  presetN0: () => calls.push('relays, lookup, publishing'),
  presetMinimal: () => calls.push('nothing'),
  RelayMode: {
    disabled: () => 'disabled',
    defaultMode: () => 'n0',
    customFromUrls: ([url]: string[]) => url,
  },
  Endpoint: {
    builder: () => ({
      secretKey: () => undefined,
      alpns: () => undefined,
      bindAddr: () => undefined,
      relayMode: (mode: string) => calls.push(`relays: ${mode}`),
      bind: async () => ({}),
    }),
  },
}));
afterEach(() => void calls.splice(0));

const base = { secretKey: new Uint8Array(32), alpns: [] };

it.each([
  ['default', true, ['relays, lookup, publishing']],
  ['default', false, ['nothing', 'relays: n0']],
  ['disabled', true, ['nothing', 'relays: disabled']],
  ['https://relay.example/', true, ['nothing', 'relays: https://relay.example/']],
])('binds with the services of relay %s and lookup %s', async (relay, lookup, expected) => {
  await bindEndpoint({ ...base, relay, lookup });
  expect(calls).toEqual(expected);
});
