import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { LiveEndpoint } from '../../../../main/endpoint/endpoint.ts';
import { parseRelay } from '../../../../main/relay/cli/options.ts';
import { Relay } from '../../../../main/relay/relay.ts';

afterEach(() => vi.restoreAllMocks());

// The endpoint is mocked, because a real one would contact n0's relays.
it.each([
  { args: [], lookup: false },
  { args: ['--allow-private-addresses'], lookup: true },
])('opens its endpoint with address lookup: $lookup for $args', async ({ args, lookup }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'iroh-live-relay-lookup-'));
  const open = vi.spyOn(LiveEndpoint, 'open').mockRejectedValue(new Error('not opened here'));
  const command = parseRelay(['--data-dir', dataDir, ...args], {});
  if (command.kind !== 'relay') throw new Error('not a relay');
  const parts = { version: 'test', webRoot: dataDir, onEvent: () => undefined };
  await expect(Relay.open(command.options, parts)).rejects.toThrow('not opened here');
  expect(open).toHaveBeenCalledWith(expect.objectContaining({ relay: 'default', lookup }));
  await rm(dataDir, { recursive: true, force: true });
});
