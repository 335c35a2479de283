import { afterEach, describe, expect, it, vi } from 'vitest';
import { AddonError } from '../../main/transport/web-transport-addon.ts';
import { findAddon, overWebSocket, startRelay } from '../support/relays.ts';

afterEach(() => vi.restoreAllMocks());

/** Simulates an older system on which the addon cannot be loaded. */
const fails = () => {
  throw new AddonError('system', 'GLIBC_2.38 not found');
};
const system = 'addon' in findAddon() ? { loadAddon: fails } : {};

describe('a relay without the WebTransport addon', () => {
  it('serves WebSocket but no certificate hash, and logs the reason once', async () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const relay = await startRelay(undefined, system);
    try {
      expect(relay.relay.webTransport).toBeNull();
      expect((await fetch(new URL('/certificate.sha256', relay.relay.http))).status).toBe(404);
      for (let i = 0; i < 2; i += 1) await (await overWebSocket(relay.relay.http)).close();
      const logged = stderr.mock.calls.filter(([line]) =>
        String(line).includes('WebTransport is not served'),
      );
      expect(logged.map(([line]) => line)).toEqual([expect.stringContaining('only WebSocket')]);
    } finally {
      await relay.close();
    }
  });
});
