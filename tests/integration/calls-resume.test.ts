import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { closeApps, newDataDir, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { accept, callEvents, deadline, dial, inState, publishMedia, stopMedia } from '../support/calls.ts';
import { type Program, run, stopPrograms } from '../support/processes.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

/** A line that call-child.ts prints. */
type Line =
  | JsonEvent
  | { event: 'heard'; id: string }
  | { event: 'found'; calls: { id: string; state: string }[] };

/** A real application process that can be killed during a call and restarted. */
class CallProcess {
  readonly #args: readonly string[];
  /** The endpoint's UDP address, in the form `ADDR:PORT`. */
  readonly bind: string;
  program: Program;
  lines: Line[] = [];

  constructor(dataDir: string, bind: string, ...rest: string[]) {
    this.bind = bind;
    this.#args = ['--no-warnings', 'tests/support/call-child.ts', dataDir, bind, ...rest];
    this.program = this.#start();
  }

  /** Kills the process, as a crash would, and restarts it after `afterMs`. */
  async restart(afterMs: number): Promise<void> {
    await this.program.stop('SIGKILL');
    await sleep(afterMs);
    this.program = this.#start();
  }

  async kill(): Promise<void> {
    await this.program.stop('SIGKILL');
  }

  find<E extends Line['event']>(event: E): Promise<Extract<Line, { event: E }>> {
    return waitFor(
      `${event}: ${this.program.stderr()}`,
      () => this.lines.find((line): line is Extract<Line, { event: E }> => line.event === event),
      15_000,
    );
  }

  /** The call states that this process has reported, oldest first. */
  get states(): string[] {
    return this.lines.flatMap((line) => (line.event === 'call' ? [line.state] : []));
  }

  /** Waits until the process receives media. */
  async receivesMedia(timeoutMs = 20_000): Promise<void> {
    const before = this.lines.length;
    const again = () => this.lines.slice(before).some(({ event }) => event === 'heard');
    await waitFor(`numbers: ${this.states.join()} ${this.program.stderr()}`, again, timeoutMs);
  }

  #start(): Program {
    const program = run(process.execPath, this.#args);
    const lines: Line[] = [];
    this.lines = lines;
    program.onLine((line) => lines.push(JSON.parse(line) as Line));
    return program;
  }
}

async function startCall(): Promise<{ caller: CallProcess; callee: CallProcess; folders: string[] }> {
  const folders = [await newDataDir(), await newDataDir()];
  const [callerDir = '', calleeDir = ''] = folders;
  const callee = new CallProcess(calleeDir, `127.0.0.1:${await freePort()}`);
  const { ticket } = await callee.find('live');
  const caller = new CallProcess(callerDir, `127.0.0.1:${await freePort()}`, ticket);
  await Promise.all([caller.receivesMedia(), callee.receivesMedia()]);
  return { caller, callee, folders };
}

afterEach(async () => {
  stopMedia();
  await stopPrograms();
  await closeApps();
});

describe('a call whose process is killed and restarted', () => {
  it('continues without user action if the callee’s process was killed and accepts every call', async () => {
    const { caller, callee } = await startCall();
    await callee.restart(1_000);
    const { calls } = await callee.find('found');
    expect(calls).toEqual([]);
    await Promise.all([caller.receivesMedia(), callee.receivesMedia()]);
    expect(callee.states).toEqual(['ringing', 'active']);
    expect(caller.states.filter((state) => state === 'ended')).toEqual([]);
    expect(caller.states.at(-1)).toBe('active');
    const lost = caller.lines.filter((line) => line.event === 'call').at(-2);
    expect(lost).toMatchObject({ state: 'dialing', reason: 'TransportError' });
  }, 60_000);

  it('rings if the callee’s process was killed, and sends nothing before the user accepts', async () => {
    const { caller, callee, folders } = await startCall();
    await callee.kill();
    const app = await startApp({ dataDir: folders[1] ?? '', irohBind: callee.bind });
    expect((await app.state()).interruptedCall).toMatchObject({ direction: 'in' });
    const { id } = await inState(app, 'ringing', 20_000);
    expect((await app.state()).interruptedCall).toBeNull();
    await sleep(1_000);
    expect(caller.states.at(-1)).toBe('dialing');
    await accept(app, id);
    publishMedia(await windowOf(app), id);
    await caller.receivesMedia();
    expect(caller.states.at(-1)).toBe('active');
    expect(caller.states).not.toContain('ended');
  }, 60_000);

  it('continues after the user’s click if the caller’s process was killed', async () => {
    const { caller, callee, folders } = await startCall();
    await caller.kill();
    const app = await startApp({ dataDir: folders[0] ?? '' });
    expect((await app.state()).interruptedCall).toMatchObject({ direction: 'out', muted: false });
    await sleep(1_000);
    expect((await app.state()).calls).toEqual([]);
    expect(callEvents(app)).toEqual([]);
    const { id } = await app.core.handlers['call.redialInterrupted'](null, deadline());
    publishMedia(await windowOf(app), id);
    await Promise.all([inState(app, 'active'), callee.receivesMedia()]);
    expect(callee.states).not.toContain('ended');
    expect(callee.states.filter((state) => state === 'ringing')).toHaveLength(1);
    const { interruptedCall, callHistory } = await app.state();
    expect(interruptedCall).toBeNull();
    expect(callHistory).toMatchObject([{ outcome: 'lost', direction: 'out' }]);
  }, 60_000);
});

describe('the saved call of a killed process', () => {
  it('is recorded as lost when the user dismisses it', async () => {
    const { caller, callee, folders } = await startCall();
    await callee.kill();
    await caller.kill();
    const app = await startApp({ dataDir: folders[0] ?? '' });
    await app.core.handlers['call.dismissInterrupted'](null, deadline());
    const { interruptedCall, callHistory } = await app.state();
    expect(interruptedCall).toBeNull();
    expect(callHistory).toMatchObject([{ outcome: 'lost', direction: 'out' }]);
    await expect(app.core.handlers['call.redialInterrupted'](null, deadline())).rejects.toThrow(/dismissed/);
    expect(callEvents(app)).toEqual([]);
  }, 60_000);

  it('does not overwrite a later call when it is dismissed', async () => {
    const { caller, callee, folders } = await startCall();
    await callee.kill();
    await caller.kill();
    const [app, other] = [await startApp({ dataDir: folders[0] ?? '' }), await startApp()];
    const { id } = await startTalk(app, other);
    await app.core.handlers['call.dismissInterrupted'](null, deadline());
    const saved = async () =>
      (JSON.parse(await readFile(join(folders[0] ?? '', 'ongoing-call.json'), 'utf8')) as { id: string }).id;
    await expect.poll(saved).toBe(id);
  }, 60_000);

  it('is ignored after a minute, after a clean exit, if the peer is blocked, and if it is damaged', async () => {
    const { caller, callee, folders } = await startCall();
    await caller.kill();
    await callee.kill();
    const folder = folders[1] ?? '';
    const file = join(folder, 'ongoing-call.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as { aliveAtMs: number; peer: string };
    const isOffered = async (text: string) => {
      await writeFile(file, text);
      const app = await startApp({ dataDir: folder });
      const { interruptedCall } = await app.state();
      await app.core.close();
      return interruptedCall !== null;
    };
    expect(await isOffered(JSON.stringify({ ...kept, aliveAtMs: Date.now() - 61_000 }))).toBe(false);
    expect(await isOffered(JSON.stringify({ ...kept, aliveAtMs: Date.now() + 10_000 }))).toBe(false);
    expect(await isOffered(JSON.stringify({ ...kept, peer: 'nobody' }))).toBe(false);
    expect(await isOffered(JSON.stringify({ ...kept, aliveAtMs: Date.now() - 30_000 }))).toBe(true);
    // The last app exited cleanly.
    expect(JSON.parse(await readFile(file, 'utf8'))).toBeNull();
    const blocked = [{ peer: kept.peer, name: '', access: 'blocked' }];
    await writeFile(join(folder, 'contacts.json'), JSON.stringify(blocked));
    expect(await isOffered(JSON.stringify({ ...kept, aliveAtMs: Date.now() }))).toBe(false);
  }, 60_000);
});

describe('the record of a saved call', () => {
  const peer = 'ab'.repeat(32);
  const saved = (aliveAtMs: number) => ({
    ...{
      id: 'saved',
      direction: 'in',
      peer,
      remoteName: 'Ann',
      muted: false,
      pictureOff: false,
      dials: false,
    },
    address: { relayUrls: [], ipAddrs: ['127.0.0.1:9'] },
    ...{ startedAtMs: aliveAtMs - 70_000, activeAtMs: aliveAtMs - 60_000, aliveAtMs },
  });
  const lost = { id: 'saved', peer, remoteName: 'Ann', outcome: 'lost', durationMs: 60_000 };
  const read = async (dataDir: string, name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(dataDir, name), 'utf8').catch(() => 'null'));
  const startWith = async (call: object, history: object[] = []) => {
    const dataDir = await newDataDir();
    await writeFile(join(dataDir, 'ongoing-call.json'), JSON.stringify(call));
    await writeFile(join(dataDir, 'calls.json'), JSON.stringify(history));
    return startApp({ dataDir });
  };

  it('is on disk before the user decides, and is not added again by the next start', async () => {
    const app = await startWith(saved(Date.now()));
    await expect.poll(() => read(app.dataDir, 'calls.json')).toMatchObject([lost]);
    // If this process were killed now, the next one would still ask whether to resume.
    expect(await read(app.dataDir, 'ongoing-call.json')).toMatchObject({ id: 'saved' });
    const dataDir = await newDataDir();
    for (const name of ['calls.json', 'ongoing-call.json']) {
      await writeFile(join(dataDir, name), await readFile(join(app.dataDir, name)));
    }
    const next = await startApp({ dataDir });
    const { interruptedCall, callHistory } = await next.state();
    expect(interruptedCall).toMatchObject({ peer });
    expect(callHistory).toMatchObject([lost]);
  });

  it('survives a call with somebody else, which overwrites the file', async () => {
    const app = await startWith(saved(Date.now()));
    const other = await startApp();
    const { id } = await startTalk(app, other);
    await expect.poll(() => read(app.dataDir, 'ongoing-call.json')).toMatchObject({ id });
    expect(await read(app.dataDir, 'calls.json')).toMatchObject([lost]);
    expect((await app.state()).interruptedCall).toMatchObject({ peer });
  }, 20_000);

  it('is kept for a call that is too old to continue', async () => {
    for (const aliveAtMs of [Date.now() - 3_600_000, Date.now() + 3_600_000]) {
      const app = await startWith(saved(aliveAtMs));
      await expect.poll(() => read(app.dataDir, 'ongoing-call.json')).toBeNull();
      expect(await read(app.dataDir, 'calls.json')).toMatchObject([lost]);
      expect((await app.state()).interruptedCall).toBeNull();
    }
  });

  it('does not replace the record of a call that ended before the file was cleared', async () => {
    const { startedAtMs } = saved(Date.now());
    const done = {
      ...{ id: 'saved', peer, remoteName: 'Ann', direction: 'in', startedAtMs, ticket: null },
      ...{ durationMs: 61_000, outcome: 'done' },
    };
    const app = await startWith(saved(Date.now()), [done]);
    await expect.poll(() => read(app.dataDir, 'ongoing-call.json')).toBeNull();
    const { interruptedCall, callHistory } = await app.state();
    expect(interruptedCall).toBeNull();
    expect(callHistory).toEqual([done]);
  });
});

/** Establishes a call without media between two apps. Returns the caller’s id for the call. */
async function startTalk(from: RunningApp, to: RunningApp): Promise<{ id: string }> {
  await windowOf(from);
  await windowOf(to);
  const id = await dial(from, to);
  await accept(to, (await inState(to, 'ringing')).id);
  await inState(from, 'active');
  return { id };
}
