import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { closeApps, newDataDir, startApp } from '../support/apps.ts';
import { callEvents, dial, inState } from '../support/calls.ts';
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
  program: Program;
  lines: Line[] = [];

  constructor(dataDir: string, bind: string, ...rest: string[]) {
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
  await stopPrograms();
  await closeApps();
});

describe('a call whose process is killed and restarted', () => {
  it('is resumed without user action if the callee’s process was killed', async () => {
    const { caller, callee } = await startCall();
    await callee.restart(1_000);
    const { calls } = await callee.find('found');
    expect(calls.map(({ state }) => state)).toEqual(['reconnecting']);
    await Promise.all([caller.receivesMedia(), callee.receivesMedia()]);
    expect(callee.states).toEqual(['dialing', 'active']);
    expect(caller.states.filter((state) => state === 'ended')).toEqual([]);
    expect(caller.states.at(-1)).toBe('active');
    const lost = caller.lines.filter((line) => line.event === 'call').at(-2);
    expect(lost).toMatchObject({ state: 'dialing', reason: 'TransportError' });
  }, 60_000);

  it('is resumed without user action if the caller’s process was killed', async () => {
    const { caller, callee } = await startCall();
    await caller.restart(1_000);
    await Promise.all([caller.receivesMedia(), callee.receivesMedia()]);
    expect(caller.states).toEqual(['dialing', 'active']);
    expect(callee.states).not.toContain('ended');
    expect(callee.states.filter((state) => state === 'ringing')).toHaveLength(1);
  }, 60_000);
});

describe('the saved call of a killed process', () => {
  it('admits only the peer of that call', async () => {
    const { caller, callee, folders } = await startCall();
    await caller.kill();
    await callee.kill();
    const app = await startApp({ dataDir: folders[1] ?? '' });
    expect((await app.state()).calls).toMatchObject([{ state: 'reconnecting', direction: 'in' }]);
    const stranger = await startApp();
    await dial(stranger, app);
    expect(await inState(stranger, 'ended')).toMatchObject({ error: 'Rejected' });
    expect(callEvents(app)).toEqual(['in dialing']);
  }, 60_000);

  it('is ignored after a minute, after a clean exit, and if it is damaged', async () => {
    const { caller, callee, folders } = await startCall();
    await caller.kill();
    await callee.kill();
    const file = join(folders[1] ?? '', 'ongoing-call.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as { aliveAtMs: number };
    const isResumed = async (text: string) => {
      await writeFile(file, text);
      const app = await startApp({ dataDir: folders[1] ?? '' });
      const { calls } = await app.state();
      await app.core.close();
      return calls.length > 0;
    };
    expect(await isResumed(JSON.stringify({ ...kept, aliveAtMs: Date.now() - 61_000 }))).toBe(false);
    expect(await isResumed(JSON.stringify({ ...kept, aliveAtMs: Date.now() + 10_000 }))).toBe(false);
    expect(await isResumed(JSON.stringify({ ...kept, peer: 'nobody' }))).toBe(false);
    expect(await isResumed(JSON.stringify({ ...kept, aliveAtMs: Date.now() - 30_000 }))).toBe(true);
    // The last app exited cleanly.
    expect(JSON.parse(await readFile(file, 'utf8'))).toBeNull();
  }, 60_000);

  it('ends a minute after it was last active', async () => {
    const { caller, callee, folders } = await startCall();
    await caller.kill();
    await callee.kill();
    const file = join(folders[0] ?? '', 'ongoing-call.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...kept, aliveAtMs: Date.now() - 57_000 }));
    const app = await startApp({ dataDir: folders[0] ?? '' });
    expect(await inState(app, 'ended', 8_000)).toMatchObject({ reason: 'TransportError', error: 'Ended' });
    expect(callEvents(app)).toEqual(['out dialing', 'out ended']);
    expect((await app.state()).callHistory).toMatchObject([{ outcome: 'lost' }]);
  }, 60_000);
});
