import { z } from 'zod';

/** The parts of `bench/renditions/run.ts --json` that have targets. Times are in milliseconds. */
export const RenditionResults = z.object({
  results: z.array(
    z.object({
      scenario: z.string(),
      system: z.enum(['app', 'webrtc']),
      downBps: z.number(),
      /** CPU use of the two hosts, where 1 is one full core. */
      processor: z.object({ a: z.number(), b: z.number() }),
      figures: z.object({
        joinMs: z.number().nullable(),
        delayMedianMs: z.number().nullable(),
        delayP95Ms: z.number().nullable(),
        longestFreezeMs: z.number().nullable(),
        shares: z.record(z.string(), z.number()),
        settle: z.array(z.object({ step: z.string(), afterMs: z.number().nullable() })),
      }),
    }),
  ),
});
export type RenditionResults = z.infer<typeof RenditionResults>;
type RenditionResult = RenditionResults['results'][number];

/** The parts of `bench/serve/run.ts --json` that have targets. */
export const ServeResults = z.object({
  rows: z.array(
    z.object({
      viewers: z.number(),
      cpuPercentPerFurther: z.number().nullable(),
      residentMbPerFurther: z.number().nullable(),
    }),
  ),
});
export type ServeResults = z.infer<typeof ServeResults>;

/** The parts of `bench/relay/run.ts --json` that have targets. */
export const RelayResults = z.object({
  rows: z.array(
    z.object({
      relay: z.string(),
      viewers: z.number(),
      cpuPercentPerViewer: z.number().nullable(),
      rssKbPerViewer: z.number().nullable(),
    }),
  ),
});
export type RelayResults = z.infer<typeof RelayResults>;

/** The parts of `bench/recovery/run.ts --json` that have targets. */
export const RecoveryResults = z.object({
  rows: z.array(z.object({ change: z.string(), longestGapMs: z.number() })),
});
export type RecoveryResults = z.infer<typeof RecoveryResults>;

/** A figure compared with its target. */
export interface Verdict {
  /** What was measured, and on which network. */
  readonly figure: string;
  /** The measured value with its unit; `none` if the bench has no value. */
  readonly measured: string;
  /** The target, such as `≤ 350 ms`. */
  readonly target: string;
  readonly met: boolean;
}

/** Networks on which the delay must not exceed that of WebRTC. On the others, it may be 10 ms higher. */
const EQUAL_DELAY = ['unlimited', 'relayed', 'rtt150'];
const ALLOWED_DELAY_MS = 10;
const JOIN_FACTOR = 1.3;
const UNLIMITED_JOIN_MS = 350;
const CPU_FACTOR = 1.4;
/** Minimum share of the time at 720p. */
const FULL_SIZE_SHARE = 0.9;
/** Minimum number of viewers with which the relay's CPU use is compared. */
const RELAY_VIEWERS = 16;

/** Compares the app with WebRTC. Returns one verdict for each target and network. */
export function judgeRenditions({ results }: RenditionResults): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const app of results.filter(({ system }) => system === 'app')) {
    const peer = results.find(({ scenario, system }) => scenario === app.scenario && system === 'webrtc');
    if (peer) verdicts.push(...judgeAgainstPeer(app, peer));
    verdicts.push(...judgeAlone(app));
  }
  return verdicts;
}

/** Judges what each further direct viewer costs the publisher's main process, with the largest number of viewers. */
export function judgeServe({ rows }: ServeResults): Verdict[] {
  const last = rows.at(-1);
  const figure = `direct viewer, with ${last?.viewers ?? 0} viewers`;
  return [
    atMost(`CPU per ${figure}`, last?.cpuPercentPerFurther, 1.5, '% of a core'),
    atMost(`memory per ${figure}`, last?.residentMbPerFurther, 3, 'MB'),
  ];
}

/** Compares this relay with moq-relay for each number of viewers that both served. */
export function judgeRelay({ rows }: RelayResults): Verdict[] {
  return rows
    .filter(({ relay, viewers }) => relay === 'this relay' && viewers >= RELAY_VIEWERS)
    .flatMap((own) => {
      const peer = rows.find(({ relay, viewers }) => relay !== own.relay && viewers === own.viewers);
      const cpu = peer?.cpuPercentPerViewer;
      const figure = `relay viewer over WebSocket, with ${own.viewers} viewers`;
      const memory = atMost(
        `memory per ${figure}`,
        own.rssKbPerViewer === null ? null : own.rssKbPerViewer / 1_000,
        1,
        'MB',
      );
      // moq-relay may have ended its run with fewer viewers.
      if (cpu === undefined || cpu === null) return [memory];
      return [atMost(`CPU per ${figure}`, own.cpuPercentPerViewer, 1.2 * cpu, '% of a core'), memory];
    });
}

/** Judges how long the media stops when the network path in use dies. */
export function judgeRecovery({ rows }: RecoveryResults): Verdict[] {
  return rows
    .filter(({ change }) => change.includes('dies'))
    .map(({ change, longestGapMs }) => atMost(`freeze, ${change}`, longestGapMs, 1_500, 'ms'));
}

/** Formats a verdict as one line. */
export function lineOf({ figure, measured, target, met }: Verdict): string {
  return `${met ? 'met   ' : 'missed'}  ${figure}: ${measured} (target ${target})`;
}

function judgeAgainstPeer(app: RenditionResult, peer: RenditionResult): Verdict[] {
  const { scenario } = app;
  const extraMs = EQUAL_DELAY.includes(scenario) ? 0 : ALLOWED_DELAY_MS;
  const { figures } = app;
  const delayLimit = (ms: number | null) => (ms === null ? null : ms + extraMs);
  return [
    atMost(`median delay, ${scenario}`, figures.delayMedianMs, delayLimit(peer.figures.delayMedianMs), 'ms'),
    atMost(`95 % delay, ${scenario}`, figures.delayP95Ms, delayLimit(peer.figures.delayP95Ms), 'ms'),
    atMost(`join, ${scenario}`, figures.joinMs, scaled(peer.figures.joinMs, JOIN_FACTOR), 'ms'),
    ...(['a', 'b'] as const).map((host) =>
      atMost(
        `CPU of ${host === 'a' ? 'the publisher' : 'the viewer'}, ${scenario}`,
        app.processor[host] * 100,
        peer.processor[host] * 100 * CPU_FACTOR,
        '% of a core',
      ),
    ),
  ];
}

/** Judges the targets that do not depend on WebRTC. */
function judgeAlone({ scenario, figures, downBps }: RenditionResult): Verdict[] {
  const fullSize = () =>
    atLeast(`time at 720p, ${scenario}`, figures.shares['720p'] ?? 0, FULL_SIZE_SHARE, '');
  if (scenario === 'unlimited') return [atMost('join, unlimited', figures.joinMs, UNLIMITED_JOIN_MS, 'ms')];
  if (scenario === 'loss2' || scenario === 'loss5') return [fullSize()];
  if (scenario === 'bufferbloat') {
    return [
      fullSize(),
      atLeast('bitrate, bufferbloat', downBps / 1e6, 1.5, 'Mbit/s'),
      atMost('median delay, bufferbloat', figures.delayMedianMs, 130, 'ms'),
    ];
  }
  if (scenario !== 'step') return [];
  const [down, up] = figures.settle;
  return [
    atMost('settled after the step down', down?.afterMs, 2_000, 'ms'),
    atMost('freeze at the step down', figures.longestFreezeMs, 300, 'ms'),
    atMost('back at 720p after the step up', up?.afterMs, 4_000, 'ms'),
  ];
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

function atMost(
  figure: string,
  value: number | null | undefined,
  limit: number | null,
  unit: string,
): Verdict {
  return verdict(figure, value, limit, unit, '≤', (measured, target) => measured <= target);
}

function atLeast(figure: string, value: number | null | undefined, limit: number, unit: string): Verdict {
  return verdict(figure, value, limit, unit, '≥', (measured, target) => measured >= target);
}

function verdict(
  figure: string,
  value: number | null | undefined,
  limit: number | null,
  unit: string,
  sign: '≤' | '≥',
  isMet: (value: number, limit: number) => boolean,
): Verdict {
  const text = (number: number | null | undefined) =>
    number === null || number === undefined ? 'none' : `${Number(number.toFixed(2))} ${unit}`.trim();
  const known = value !== null && value !== undefined && limit !== null;
  return {
    figure,
    measured: text(value),
    target: `${sign} ${text(limit)}`,
    met: known && isMet(value, limit),
  };
}
