import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from 'moq-net';
import { type AppState, MEDIA_PROTOCOL, type PullState } from '../../common/bridge/bridge.ts';
import { type AppOptions, createApp } from '../../main/app/app.ts';
import type { AppCore } from '../../main/app/app-core.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { dialQmux } from './dial-qmux.ts';
import { socketPair } from './socket-pair.ts';

/** The application in this process: a real endpoint and Origin, without a window. */
export interface RunningApp {
  core: AppCore;
  dataDir: string;
  events: JsonEvent[];
  pull(ticket: string): Promise<PullState | undefined>;
  state(): Promise<AppState>;
}

const running: RunningApp[] = [];
const folders: string[] = [];

export async function newDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'iroh-live-test-'));
  folders.push(folder);
  return folder;
}

export async function startApp(
  options: { dataDir?: string; irohBind?: string; irohRelay?: string } & Pick<
    AppOptions,
    'autoAccept' | 'calls'
  > = {},
): Promise<RunningApp> {
  const dataDir = options.dataDir ?? (await newDataDir());
  const events: JsonEvent[] = [];
  const core = await createApp({
    dataDir,
    irohBind: options.irohBind ?? '127.0.0.1:0',
    irohRelay: options.irohRelay ?? 'disabled',
    onEvent: (event) => events.push(event),
    ...(options.autoAccept ? { autoAccept: true } : {}),
    ...(options.calls ? { calls: options.calls } : {}),
  });
  const state = () => core.handlers['app.state'](null, AbortSignal.timeout(5_000));
  const pull = async (ticket: string) =>
    (await state()).pulls.find((candidate) => candidate.ticket === ticket);
  const app = { core, dataDir, events, pull, state };
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
