import { describe, expect, it } from 'vitest';
import { findAddon, startRelay } from '../support/relays.ts';

describe.skipIf('addon' in findAddon())('where the WebTransport addon does not load', () => {
  it('WebSocket is served, and the certificate is none', async () => {
    const relay = await startRelay();
    try {
      expect(relay.relay.webTransport).toBeNull();
      expect((await fetch(new URL('/certificate.sha256', relay.relay.http))).status).toBe(404);
    } finally {
      await relay.close();
    }
  });
});
