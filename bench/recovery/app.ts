import { Connection } from 'moq-net';
import { MEDIA_PROTOCOL } from '../../common/bridge/bridge.ts';
import { createApp } from '../../main/app/app.ts';
import type { AppCore } from '../../main/app/app-core.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { dialQmux } from '../../tests/support/dial-qmux.ts';
import { socketPair } from '../../tests/support/socket-pair.ts';

/** A line that the publisher or viewer prints: an event emitted by the app or by the bench. */
export type Line = JsonEvent | { event: 'numbers'; atMs: number; gapMs: number } | { event: 'subscribed' };

/** Prints one JSON line. */
export function print(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Starts the app without a window and opens the media session that its window would open. */
export async function openApp(
  args: readonly string[],
): Promise<{ core: AppCore; window: Connection.Established }> {
  const [dataDir, irohRelay] = args;
  if (!dataDir || !irohRelay) throw new Error('usage: DATA_DIR RELAY');
  const core = await createApp({ dataDir, irohRelay, irohBind: '0.0.0.0:4433', onEvent: print, stats: true });
  const [client, server] = socketPair();
  core.attachMedia(server);
  const transport = dialQmux(client, MEDIA_PROTOCOL);
  await transport.ready;
  return { core, window: await Connection.connect(new URL('moq://window/'), { transport }) };
}
