import { once } from 'node:events';
import { expect } from 'vitest';
import WebSocket from 'ws';
import { withinTime } from '../../main/base/within-time.ts';
import type { Program } from './processes.ts';
import { sleep, waitFor } from './wait.ts';

/** Environment variables that make a Node process start an inspector. */
export const INSPECTOR_ENV: NodeJS.ProcessEnv = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** The load on a process since `LoadMeter.start`. */
export interface Load {
  /**
   * The longest time that one task blocked the event loop, in ms, excluding garbage collection. If other
   * processes kept the machine busy, this is the task's CPU time.
   */
  lagMs: number;
  /**
   * The longest time that garbage collection stopped the event loop between two samples, in ms. Tests limit
   * the live bytes instead, because this time depends more on the heap than on the attack.
   */
  gcMs: number;
  /** Growth of the heap and external memory since the start, after garbage collection, in bytes. */
  liveBytes: number;
  /**
   * Largest growth of the resident set since the start, in bytes. Includes garbage and native addons' memory.
   */
  residentBytes: number;
  /** CPU time that the process has used since the start, in ms. */
  cpuMs: number;
}

/** The longest lag of the event loop that a stranger may cause, in ms. */
const MAX_LAG_MS = 50;
/**
 * Maximum growth of live memory that a stranger may cause. Some tests apply the same limit to the resident
 * set.
 */
export const MAX_STRANGER_BYTES = 32_000_000;

/** Prints the load of the attack `what`. Fails if the lag or the live bytes exceed their limits. */
export function expectBearable(load: Load, what: string): void {
  process.stderr.write(
    `${what}: lag ${load.lagMs.toFixed(0)} ms, gc ${load.gcMs.toFixed(0)} ms, live ${(load.liveBytes / 1e6).toFixed(1)} MB, ` +
      `resident ${(load.residentBytes / 1e6).toFixed(0)} MB, cpu ${load.cpuMs.toFixed(0)} ms\n`,
  );
  expect(load.lagMs, `${what}: lag in ms`).toBeLessThanOrEqual(MAX_LAG_MS);
  expect(load.liveBytes, `${what}: live bytes`).toBeLessThanOrEqual(MAX_STRANGER_BYTES);
}

/** Interval between samples of the process's memory and event loop, in ms. */
const SAMPLE_MS = 5;
/** How long to wait for the next samples, in ms. A process that is busy for longer counts as hung. */
const SAMPLES_MS = 30_000;
/**
 * Time over which the event loop's utilization is measured, and maximum time for which it may stay high, in
 * ms.
 */
const IDLE_MS = 50;
const SETTLE_MS = 30_000;
/** Maximum time for the inspector to respond, in ms. */
const REQUEST_MS = 60_000;

/**
 * Installs the sampler once per process, and resets it. It runs in the measured process, so it does not
 * measure the attacker's work. The inspector may interrupt Node while it changes its lists of timers, so the
 * code evaluated later must not create or clear timers: the event loop could hang.
 *
 * Node reports a garbage collection in an immediate of the same turn, so an interval is evaluated after the
 * immediates. The CPU time of a garbage collection is unknown, so its share of the wall time is subtracted
 * from both times.
 */
const START = `(() => {
  globalThis.load = { lagMs: 0, gcMs: 0, residentBytes: 0, cpu: process.cpuUsage(), startMs: performance.now(), samples: 0 };
  if (globalThis.loadTimer) return;
  let wall = performance.now();
  let cpu = process.threadCpuUsage();
  let pauses = [];
  const observer = new PerformanceObserver((list) => pauses.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  const evaluate = (from, to, cpuMs) => {
    pauses.push(...observer.takeRecords());
    let gcMs = 0;
    for (const { startTime, duration } of pauses) {
      gcMs += Math.max(0, Math.min(startTime + duration, to) - Math.max(startTime, from));
    }
    pauses = pauses.filter(({ startTime, duration }) => startTime + duration > to);
    // An interval that began before the start may contain the collection that the start requests.
    load.samples += 1;
    if (from < load.startMs) return;
    const taskShare = Math.max(0, 1 - gcMs / (to - from));
    load.gcMs = Math.max(load.gcMs, gcMs);
    load.lagMs = Math.max(load.lagMs, Math.min(to - from, cpuMs) * taskShare - ${SAMPLE_MS});
  };
  const sample = () => {
    const from = wall;
    const spent = process.threadCpuUsage(cpu);
    wall = performance.now();
    cpu = process.threadCpuUsage();
    load.residentBytes = Math.max(load.residentBytes, process.memoryUsage.rss());
    setImmediate(evaluate, from, wall, (spent.user + spent.system) / 1000);
  };
  globalThis.loadTimer = setInterval(sample, ${SAMPLE_MS});
})()`;
const READ = `JSON.stringify({
  lagMs: load.lagMs,
  gcMs: load.gcMs,
  residentBytes: load.residentBytes,
  cpuMs: Object.values(process.cpuUsage(load.cpu)).reduce((sum, us) => sum + us / 1000, 0),
})`;
const SAMPLES = 'load.samples';
const LIVE_BYTES = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
/** The share of the time since the last evaluation in which the event loop did not wait, from 0 to 1. */
const UTILIZATION = `(() => {
  const last = globalThis.utilization;
  globalThis.utilization = performance.eventLoopUtilization();
  return performance.eventLoopUtilization(globalThis.utilization, last).utilization;
})()`;
const MARK_UTILIZATION = 'globalThis.utilization = performance.eventLoopUtilization(); 0';
const RESIDENT_BYTES = 'process.memoryUsage.rss()';

/**
 * Measures a process's event loop and memory. The measuring code runs in that process, through its inspector.
 */
export class LoadMeter {
  readonly #socket: WebSocket;
  #lastId = 0;
  #liveAtStart = 0;
  #residentAtStart = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.setMaxListeners(0);
  }

  /**
   * @param program started with `INSPECTOR_ENV`
   * @param startOutput the start of its stderr, which contains the inspector's URL
   * @throws Error if the process has no inspector
   */
  static async open(program: Program, startOutput = ''): Promise<LoadMeter> {
    const url = /Debugger listening on (ws:\S+)/.exec(startOutput + program.stderr())?.[1];
    if (url === undefined) throw new Error('the process has no inspector');
    const socket = new WebSocket(url);
    await once(socket, 'open');
    const meter = new LoadMeter(socket);
    await meter.#request('HeapProfiler.enable');
    return meter;
  }

  /** Collects garbage, then starts a measurement. */
  async start(): Promise<void> {
    this.#liveAtStart = await this.liveBytes();
    this.#residentAtStart = Number(await this.#evaluate(RESIDENT_BYTES));
    await this.#evaluate(START);
  }

  /**
   * Waits until the process has handled all data that it has received, so that its event loop is idle for most of the time.
   *
   * @throws Error after `SETTLE_MS`
   */
  async settle(): Promise<void> {
    await this.#evaluate(MARK_UTILIZATION);
    const isIdle = async () => {
      await sleep(IDLE_MS);
      return Number(await this.#evaluate(UTILIZATION)) < 0.5;
    };
    await waitFor('an idle event loop', isIdle, SETTLE_MS);
  }

  /** Reads the load since `start`. The lag does not include the garbage collection for `liveBytes`. */
  async read(): Promise<Load> {
    // The inspector may interrupt a task, which only the next samples measure.
    const before = Number(await this.#evaluate(SAMPLES));
    const isMeasured = async () => Number(await this.#evaluate(SAMPLES)) >= before + 2;
    await waitFor('the next samples of the load', isMeasured, SAMPLES_MS);
    const read: Omit<Load, 'liveBytes'> = JSON.parse(String(await this.#evaluate(READ)));
    return {
      ...read,
      residentBytes: read.residentBytes - this.#residentAtStart,
      liveBytes: (await this.liveBytes()) - this.#liveAtStart,
    };
  }

  /** Collects garbage. Returns the size of the heap and external memory, in bytes. */
  async liveBytes(): Promise<number> {
    for (let i = 0; i < 3; i += 1) await this.#request('HeapProfiler.collectGarbage');
    // External memory includes array buffers, so they are not added separately.
    return Number(await this.#evaluate(LIVE_BYTES));
  }

  close(): void {
    this.#socket.terminate();
  }

  #evaluate(expression: string): Promise<unknown> {
    return this.#request('Runtime.evaluate', { expression, returnByValue: true });
  }

  async #request(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<{ result?: { result?: { value?: unknown } } }>();
    const onMessage = (data: WebSocket.RawData) => {
      const message = JSON.parse(String(data));
      if (message.id === id) resolve(message);
    };
    this.#socket.on('message', onMessage);
    this.#socket.send(JSON.stringify({ id, method, params }));
    try {
      const answer = await withinTime(promise, {
        timeoutMs: REQUEST_MS,
        timeoutError: () => new Error(`the inspector did not answer to ${method}`),
      });
      return answer.result?.result?.value;
    } finally {
      this.#socket.off('message', onMessage);
    }
  }
}
