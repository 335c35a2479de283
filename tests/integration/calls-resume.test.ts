import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { closeApps, newDataDir, startApp } from '../support/apps.ts';
import { dial, inState, told } from '../support/calls.ts';
import { type Program, run, stopPrograms } from '../support/processes.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

/** Two real processes of the application, one of which is killed in a call and started again. */
type Line =
  | JsonEvent
  | { event: 'heard'; id: string }
  | { event: 'found'; calls: { id: string; state: string }[] };

class Person {
  readonly #args: readonly string[];
  program: Program;
  lines: Line[] = [];

  constructor(dataDir: string, bind: string, ...rest: string[]) {
    this.#args = ['--no-warnings', 'tests/support/call-child.ts', dataDir, bind, ...rest];
    this.program = this.#start();
  }

  /** Killed as a crash would, then started again after a while. */
  async restart(afterMs: number): Promise<void> {
    await this.program.stop('SIGKILL');
    await sleep(afterMs);
    this.program = this.#start();
  }

  async quit(): Promise<void> {
    await this.program.stop('SIGKILL');
  }

  find<E extends Line['event']>(event: E): Promise<Extract<Line, { event: E }>> {
    return waitFor(
      `${event}: ${this.program.stderr()}`,
      () => this.lines.find((line): line is Extract<Line, { event: E }> => line.event === event),
      15_000,
    );
  }

  /** The states of calls that this process told of, in order. */
  get states(): string[] {
    return this.lines.flatMap((line) => (line.event === 'call' ? [line.state] : []));
  }

  async hears(timeoutMs = 20_000): Promise<void> {
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

async function inCall(): Promise<{ caller: Person; callee: Person; folders: string[] }> {
  const folders = [await newDataDir(), await newDataDir()];
  const [callerDir = '', calleeDir = ''] = folders;
  const callee = new Person(calleeDir, `127.0.0.1:${await freePort()}`);
  const { ticket } = await callee.find('live');
  const caller = new Person(callerDir, `127.0.0.1:${await freePort()}`, ticket);
  await Promise.all([caller.hears(), callee.hears()]);
  return { caller, callee, folders };
}

afterEach(async () => {
  await stopPrograms();
  await closeApps();
});

describe('a call whose process was killed and started again', () => {
  it('goes on without a click when it was the callee', async () => {
    const { caller, callee } = await inCall();
    await callee.restart(1_000);
    const { calls } = await callee.find('found');
    expect(calls.map(({ state }) => state)).toEqual(['reconnecting']);
    await Promise.all([caller.hears(), callee.hears()]);
    expect(callee.states).toEqual(['dialing', 'active']);
    expect(caller.states.filter((state) => state === 'ended')).toEqual([]);
    expect(caller.states.at(-1)).toBe('active');
    const lost = caller.lines.filter((line) => line.event === 'call').at(-2);
    expect(lost).toMatchObject({ state: 'dialing', reason: 'TransportError' });
  }, 60_000);

  it('goes on without a click when it was the caller', async () => {
    const { caller, callee } = await inCall();
    await caller.restart(1_000);
    await Promise.all([caller.hears(), callee.hears()]);
    expect(caller.states).toEqual(['dialing', 'active']);
    expect(callee.states).not.toContain('ended');
    expect(callee.states.filter((state) => state === 'ringing')).toHaveLength(1);
  }, 60_000);
});

describe('what a process that was killed leaves', () => {
  it('lets in the peer of that call alone', async () => {
    const { caller, callee, folders } = await inCall();
    await caller.quit();
    await callee.quit();
    const app = await startApp({ dataDir: folders[1] ?? '' });
    expect((await app.state()).calls).toMatchObject([{ state: 'reconnecting', direction: 'in' }]);
    const stranger = await startApp();
    await dial(stranger, app);
    expect(await inState(stranger, 'ended')).toMatchObject({ error: 'Rejected' });
    expect(told(app)).toEqual(['in dialing']);
  }, 60_000);

  it('is worth nothing after a minute, damaged, or after a clean end', async () => {
    const { caller, callee, folders } = await inCall();
    await caller.quit();
    await callee.quit();
    const file = join(folders[1] ?? '', 'ongoing-call.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as { aliveAtMs: number };
    const comesBack = async (text: string) => {
      await writeFile(file, text);
      const app = await startApp({ dataDir: folders[1] ?? '' });
      const { calls } = await app.state();
      await app.core.close();
      return calls.length > 0;
    };
    expect(await comesBack(JSON.stringify({ ...kept, aliveAtMs: Date.now() - 61_000 }))).toBe(false);
    expect(await comesBack(JSON.stringify({ ...kept, aliveAtMs: Date.now() + 10_000 }))).toBe(false);
    expect(await comesBack(JSON.stringify({ ...kept, peer: 'nobody' }))).toBe(false);
    expect(await comesBack(JSON.stringify({ ...kept, aliveAtMs: Date.now() - 30_000 }))).toBe(true);
    // That one was closed cleanly.
    expect(JSON.parse(await readFile(file, 'utf8'))).toBeNull();
  }, 60_000);

  it('is given up a minute after it was last alive', async () => {
    const { caller, callee, folders } = await inCall();
    await caller.quit();
    await callee.quit();
    const file = join(folders[0] ?? '', 'ongoing-call.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...kept, aliveAtMs: Date.now() - 57_000 }));
    const app = await startApp({ dataDir: folders[0] ?? '' });
    expect(await inState(app, 'ended', 8_000)).toMatchObject({ reason: 'TransportError', error: 'Ended' });
    expect(told(app)).toEqual(['out dialing', 'out ended']);
    expect((await app.state()).callHistory).toMatchObject([{ outcome: 'lost' }]);
  }, 60_000);
});
