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

/** The application without a window, running in this process with a real endpoint and Origin. */
export interface RunningApp {
  core: AppCore;
  dataDir: string;
  events: JsonEvent[];
  pull(ticket: string): Promise<PullState | undefined>;
  state(): Promise<AppState>;
}

const running: RunningApp[] = [];
const folders: string[] = [];

/** Creates a data folder, which `closeApps` removes. */
export async function newDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'iroh-live-test-'));
  folders.push(folder);
  return folder;
}

/** Starts an app, which `closeApps` closes. By default, it binds to loopback and uses no iroh relay. */
export async function startApp(
  options: { dataDir?: string; irohBind?: string; irohRelay?: string } & Pick<
    AppOptions,
    'autoAccept' | 'onlyContacts' | 'calls' | 'listBroadcasts' | 'slotLimits'
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
    ...(options.onlyContacts ? { onlyContacts: true } : {}),
    ...(options.calls ? { calls: options.calls } : {}),
    ...(options.listBroadcasts ? { listBroadcasts: true } : {}),
    ...(options.slotLimits ? { slotLimits: options.slotLimits } : {}),
  });
  const state = () => core.handlers['app.state'](null, AbortSignal.timeout(30_000));
  const pull = async (ticket: string) =>
    (await state()).pulls.find((candidate) => candidate.ticket === ticket);
  const app = { core, dataDir, events, pull, state };
  running.push(app);
  return app;
}

/** Opens a media session with the app, like a window. */
export async function windowOf(app: RunningApp): Promise<Connection.Established> {
  const [client, server] = socketPair();
  app.core.attachMedia(server);
  const transport = dialQmux(client, MEDIA_PROTOCOL);
  await transport.ready;
  return Connection.connect(new URL('moq://window/'), { transport });
}

/** Closes all apps and removes their data folders. */
export async function closeApps(): Promise<void> {
  await Promise.all(running.splice(0).map(({ core }) => core.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}
