import type { ConnectionFacts } from '../../common/bridge/renditions.ts';
import type { Arrival } from '../../renderer/media/watch/adaptation/downlink-estimate.ts';
import type { PolicyInput } from '../../renderer/media/watch/adaptation/policy-types.ts';

/**
 * All inputs to a viewer's estimator and policy during one run, in order, so that the run can be replayed.
 * Times are in milliseconds on the window's monotonic clock.
 */
export interface Trace {
  /** Zero point of the monotonic clock, in milliseconds since the epoch. */
  originMs: number;
  signals: Signal[];
}

/** One recorded input. */
export type Signal =
  | { kind: 'facts'; atMs: number; facts: ConnectionFacts }
  | { kind: 'arrival'; arrival: Arrival }
  | { kind: 'lag'; atMs: number; lagMs: number }
  /** A call of the policy. Its estimate is not recorded but recomputed from the other signals. */
  | { kind: 'sample'; input: Omit<PolicyInput, 'estimate'> }
  /** A change of the network. */
  | { kind: 'step'; atMs: number; name: string };

/**
 * Serializes a trace as one line per signal, with its kind and its values in JSON. Times are rounded to a
 * tenth of a millisecond.
 */
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
      case 'sample': {
        const { preferredRendition: mode, view, maxLines, audioBps, player, ...rest } = signal.input;
        const { shown, late, overloaded, probeInTime } = player;
        const current = JSON.stringify(rest.offers);
        // Existing trace files use the name `mode` for the preferred rendition.
        const changed = current === offers ? [] : [{ mode, view, maxLines, offers: rest.offers }];
        offers = current;
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

/**
 * Parses the output of `encodeTrace`. The view and the preferred rendition are stored only when the available
 * renditions change.
 *
 * @throws Error if the renditions are missing
 */
export function decodeTrace(text: string): Trace {
  const [head, ...lines] = text.trimEnd().split('\n');
  let rest: (Pick<PolicyInput, 'view' | 'maxLines' | 'offers'> & { mode: string }) | undefined;
  const signals = lines.map((line): Signal => {
    const [kind, atMs, ...values] = JSON.parse(`[${line}]`) as [string, number, ...unknown[]];
    switch (kind) {
      case 'f': {
        const [path, rttMs, senderEstimateBps, goodputBps, connection] = values as [
          ConnectionFacts['kind'],
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
        if (!rest) throw new Error('a trace must begin with the available renditions');
        const { mode, ...others } = rest;
        const player = { shown, late, overloaded, probeInTime };
        const input = { nowMs: atMs, preferredRendition: mode, ...others, audioBps, player };
        return { kind: 'sample', input };
      }
    }
  });
  return { originMs: Number(head), signals };
}

/** Returns the time at which a signal was recorded, in milliseconds. */
export function signalMs(signal: Signal): number {
  if (signal.kind === 'arrival') return signal.arrival.atMs;
  return signal.kind === 'sample' ? signal.input.nowMs : signal.atMs;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
