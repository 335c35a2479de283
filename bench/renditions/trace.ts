import type { LinkFacts } from '../../common/bridge/renditions.ts';
import type { Arrival } from '../../renderer/media/watch/adaptation/downlink-estimate.ts';
import type { PolicyInput } from '../../renderer/media/watch/adaptation/policy-types.ts';

/**
 * All that a viewer's estimator and policy were told in one run, in order: fed to others of their kind it gives the
 * same decisions again. Times are milliseconds on the window's steady clock.
 */
export interface Trace {
  /** That clock's zero, since the epoch. */
  originMs: number;
  signals: Signal[];
}

export type Signal =
  | { kind: 'facts'; atMs: number; facts: LinkFacts }
  | { kind: 'arrival'; arrival: Arrival }
  | { kind: 'lag'; atMs: number; lagMs: number }
  /** A look: the estimate is for `shown`, and made anew from the rest. */
  | { kind: 'look'; input: Omit<PolicyInput, 'estimate'> }
  /** The link became another. */
  | { kind: 'step'; atMs: number; name: string };

/** One signal a line: its kind, and its values as JSON. Times to the tenth of a millisecond. */
export function encodeTrace({ originMs, signals }: Trace): string {
  const zeroMs = signals[0] ? signalMs(signals[0]) : 0;
  const mediaZeros = new Map<string, number>();
  let offers = '';
  const valuesOf = (signal: Signal): unknown[] => {
    switch (signal.kind) {
      case 'facts': {
        const { kind, rttMs, senderEstimateBps, goodputBps, connection } = signal.facts;
        return ['f', kind, rttMs, senderEstimateBps, goodputBps, connection];
      }
      case 'arrival': {
        const { track, kind, mediaMs, bytes } = signal.arrival;
        const zero = mediaZeros.get(kind) ?? mediaMs;
        mediaZeros.set(kind, zero);
        return ['a', track, tenths(mediaMs - zero), bytes];
      }
      case 'lag':
        return ['l', tenths(signal.lagMs)];
      case 'look': {
        const { mode, view, maxLines, audioBps, player, ...rest } = signal.input;
        const { shown, late, overloaded, probeInTime } = player;
        const told = JSON.stringify(rest.offers);
        const changed = told === offers ? [] : [{ mode, view, maxLines, offers: rest.offers }];
        offers = told;
        return ['s', shown, late, overloaded, probeInTime, audioBps, ...changed];
      }
      default:
        return ['p', signal.name];
    }
  };
  const lines = signals.map((signal) => {
    const [kind, ...values] = valuesOf(signal);
    return [kind, tenths(signalMs(signal) - zeroMs), ...values];
  });
  return `${[[originMs + zeroMs], ...lines].map((line) => JSON.stringify(line).slice(1, -1)).join('\n')}\n`;
}

/** What `encodeTrace` wrote. The view and the wish are those of the last change of what was on offer. */
export function decodeTrace(text: string): Trace {
  const [head, ...lines] = text.trimEnd().split('\n');
  let rest: Pick<PolicyInput, 'mode' | 'view' | 'maxLines' | 'offers'> | undefined;
  const signals = lines.map((line): Signal => {
    const [kind, atMs, ...values] = JSON.parse(`[${line}]`) as [string, number, ...unknown[]];
    switch (kind) {
      case 'f': {
        const [path, rttMs, senderEstimateBps, goodputBps, connection] = values as [
          LinkFacts['kind'],
          number | null,
          number | null,
          number,
          number,
        ];
        const facts = { atMs, kind: path, rttMs, senderEstimateBps, goodputBps, connection };
        return { kind: 'facts', atMs, facts };
      }
      case 'a': {
        const [track, mediaMs, bytes] = values as [string, number, number];
        const of = track.startsWith('video/') ? 'video' : 'audio';
        return { kind: 'arrival', arrival: { track, kind: of, atMs, mediaMs, bytes } };
      }
      case 'l':
        return { kind: 'lag', atMs, lagMs: Number(values[0]) };
      case 'p':
        return { kind: 'step', atMs, name: String(values[0]) };
      default: {
        const [shown, late, overloaded, probeInTime, audioBps, changed] = values as [
          string | null,
          boolean,
          boolean,
          boolean | null,
          number,
          typeof rest,
        ];
        rest = changed ?? rest;
        if (!rest) throw new Error('a trace begins with what is on offer');
        const player = { shown, late, overloaded, probeInTime };
        return { kind: 'look', input: { nowMs: atMs, ...rest, audioBps, player } };
      }
    }
  });
  return { originMs: Number(head), signals };
}

export function signalMs(signal: Signal): number {
  if (signal.kind === 'arrival') return signal.arrival.atMs;
  return signal.kind === 'look' ? signal.input.nowMs : signal.atMs;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
