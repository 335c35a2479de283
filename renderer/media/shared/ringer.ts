import type { Ringer } from './types.ts';

/** A chime of two soft notes, as glasses sound, for the one who is called. */
const CHIME = [
  { hz: 659.25, atS: 0 },
  { hz: 987.77, atS: 0.22 },
  { hz: 783.99, atS: 0.44 },
] as const;
/** A low hum for the one who waits, in the rhythm of a telephone. */
const WAITING_HZ = 220;
/** From the begin of one ring to that of the next. */
const EVERY_MS = { in: 2_600, out: 4_000 } as const;
const LOUDNESS = { in: 0.16, out: 0.045 } as const;

/** Rings by Web Audio: no file to load, and silent the moment it is told to be. */
export class SynthRinger implements Ringer {
  #kind: 'in' | 'out' | null = null;
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  ring(kind: 'in' | 'out' | null): void {
    if (kind === this.#kind) return;
    this.#silence();
    this.#kind = kind;
    if (kind === null) return;
    const context = new AudioContext();
    this.#context = context;
    const once = (): void => {
      // A window that nobody has touched may not sound yet; what was missed is not made up for.
      if (context.state === 'running') play(context, kind);
      else context.resume().catch(() => undefined);
    };
    context.addEventListener('statechange', once, { once: true });
    once();
    this.#timer = setInterval(once, EVERY_MS[kind]);
  }

  close(): void {
    this.#silence();
    this.#kind = null;
  }

  #silence(): void {
    clearInterval(this.#timer);
    const context = this.#context;
    this.#context = undefined;
    // Closing takes notes that still sound along.
    if (context && context.state !== 'closed') context.close().catch(() => undefined);
  }
}

function play(context: AudioContext, kind: 'in' | 'out'): void {
  const startS = context.currentTime + 0.02;
  if (kind === 'out') {
    note(context, { hz: WAITING_HZ, atS: startS, fadeS: 1.1, loudness: LOUDNESS.out });
    return;
  }
  for (const { hz, atS } of CHIME) {
    note(context, { hz, atS: startS + atS, fadeS: 0.9, loudness: LOUDNESS.in });
    // An overtone makes it a bell instead of a beep.
    note(context, { hz: hz * 2, atS: startS + atS, fadeS: 0.45, loudness: LOUDNESS.in / 4 });
  }
}

interface Note {
  hz: number;
  atS: number;
  fadeS: number;
  loudness: number;
}

function note(context: AudioContext, { hz, atS, fadeS, loudness }: Note): void {
  const gain = new GainNode(context, { gain: 0 });
  const tone = new OscillatorNode(context, { type: 'sine', frequency: hz });
  gain.gain.setValueAtTime(0, atS);
  gain.gain.linearRampToValueAtTime(loudness, atS + 0.03);
  gain.gain.exponentialRampToValueAtTime(0.0001, atS + fadeS);
  tone.connect(gain).connect(context.destination);
  tone.start(atS);
  tone.stop(atS + fadeS + 0.05);
}
