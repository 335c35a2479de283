import { describe, expect, it } from 'vitest';
import { RelayClient } from '../../../../renderer/web/relay-client.ts';

describe('a relay that is away', () => {
  it('is told of in words for people, whatever the browser calls it', async () => {
    // Nothing listens at port 1 of loopback.
    const relay = new RelayClient(new URL('http://127.0.0.1:1/?jwt=token'));
    await expect(relay.ask(AbortSignal.timeout(5_000))).rejects.toThrow(/^The relay does not answer\.$/);
  });
});
