import type { Ringer } from './media.ts';

/** Ringtone for an incoming call: a soft chime of three notes. */
const CHIME = [
  { hz: 659.25, atS: 0 },
  { hz: 987.77, atS: 0.22 },
  { hz: 783.99, atS: 0.44 },
] as const;
/** Frequency of the ringback tone for an outgoing call: a low hum with the cadence of a telephone. */
const RINGBACK_HZ = 220;
/** Time from the start of one ring to the start of the next, in milliseconds. */
const RING_INTERVAL_MS = { in: 2_600, out: 4_000 } as const;
/** Gain, 0..1. */
const LOUDNESS = { in: 0.16, out: 0.045 } as const;

/**
 * Synthesizes call sounds with Web Audio. This needs no sound files, and a sound can be stopped immediately.
 */
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
    const ringOnce = (): void => {
      // The autoplay policy blocks audio until the user interacts with the window; rings are skipped until
      // then.
      if (context.state === 'running') play(context, kind);
      else context.resume().catch(() => undefined);
    };
    context.addEventListener('statechange', ringOnce, { once: true });
    ringOnce();
    this.#timer = setInterval(ringOnce, RING_INTERVAL_MS[kind]);
  }

  close(): void {
    this.#silence();
    this.#kind = null;
  }

  #silence(): void {
    clearInterval(this.#timer);
    const context = this.#context;
    this.#context = undefined;
    // Closing the context also stops notes that are still sounding.
    if (context && context.state !== 'closed') context.close().catch(() => undefined);
  }
}

function play(context: AudioContext, kind: 'in' | 'out'): void {
  const startS = context.currentTime + 0.02;
  if (kind === 'out') {
    playNote(context, { hz: RINGBACK_HZ, atS: startS, fadeS: 1.1, loudness: LOUDNESS.out });
    return;
  }
  for (const { hz, atS } of CHIME) {
    playNote(context, { hz, atS: startS + atS, fadeS: 0.9, loudness: LOUDNESS.in });
    // The overtone makes the note sound like a bell instead of a beep.
    playNote(context, { hz: hz * 2, atS: startS + atS, fadeS: 0.45, loudness: LOUDNESS.in / 4 });
  }
}

interface Note {
  hz: number;
  atS: number;
  fadeS: number;
  loudness: number;
}

function playNote(context: AudioContext, { hz, atS, fadeS, loudness }: Note): void {
  const gain = new GainNode(context, { gain: 0 });
  const tone = new OscillatorNode(context, { type: 'sine', frequency: hz });
  gain.gain.setValueAtTime(0, atS);
  gain.gain.linearRampToValueAtTime(loudness, atS + 0.03);
  gain.gain.exponentialRampToValueAtTime(0.0001, atS + fadeS);
  tone.connect(gain).connect(context.destination);
  tone.start(atS);
  tone.stop(atS + fadeS + 0.05);
}
