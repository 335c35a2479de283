import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from 'moq-net';
import { MEDIA_PROTOCOL, type PullState } from '../../common/bridge.ts';
import { createApp } from '../../main/app.ts';
import type { AppCore } from '../../main/app-core.ts';
import type { JsonEvent } from '../../main/json-events.ts';
import { dialQmux } from './dial-qmux.ts';
import { socketPair } from './socket-pair.ts';

/** The application in this process: a real endpoint and Origin, without a window. */
export interface RunningApp {
  core: AppCore;
  dataDir: string;
  events: JsonEvent[];
  pull(ticket: string): Promise<PullState | undefined>;
}

const running: RunningApp[] = [];
const folders: string[] = [];

export async function newDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'iroh-live-test-'));
  folders.push(folder);
  return folder;
}

export async function startApp(
  options: { dataDir?: string; irohBind?: string; irohRelay?: string } = {},
): Promise<RunningApp> {
  const dataDir = options.dataDir ?? (await newDataDir());
  const events: JsonEvent[] = [];
  const core = await createApp({
    dataDir,
    irohBind: options.irohBind ?? '127.0.0.1:0',
    irohRelay: options.irohRelay ?? 'disabled',
    onEvent: (event) => events.push(event),
  });
  const pull = async (ticket: string) => {
    const state = await core.handlers['app.state'](null, AbortSignal.timeout(5_000));
    return state.pulls.find((candidate) => candidate.ticket === ticket);
  };
  const app = { core, dataDir, events, pull };
  running.push(app);
  return app;
}

/** The media session that a window would have. */
export async function windowOf(app: RunningApp): Promise<Connection.Established> {
  const [client, server] = socketPair();
  app.core.attachMedia(server);
  const transport = dialQmux(client, MEDIA_PROTOCOL);
  await transport.ready;
  return Connection.connect(new URL('moq://window/'), { transport });
}

export async function closeApps(): Promise<void> {
  await Promise.all(running.splice(0).map(({ core }) => core.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}
