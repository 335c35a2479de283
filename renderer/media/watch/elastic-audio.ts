/**
 * Makes the class of the buffer that sound is played from. The text of this function runs in the audio thread, where
 * nothing of this file's surroundings is: it may use what it defines itself, and nothing else.
 */
export function defineElasticSound() {
  /** What may wait, in seconds: the longest latency that can be asked for, and some. */
  const MOST_S = 11;
  /** What was played is kept for this long, in seconds, to be played again: several periods. */
  const HISTORY_S = 1;
  /** Farther off than this is another timeline, in seconds. */
  const ELSEWHERE_S = 5;
  /** From one place of the sound to another, in seconds: short for speech, long enough not to click. */
  const FADE_S = 0.0025;
  /** Periods of voices and instruments that are looked for, in seconds: 400 to 66 Hz, and multiples of higher ones. */
  const MIN_PERIOD_S = 0.0025;
  const MAX_PERIOD_S = 0.015;
  /** What is compared to find the period, in seconds. */
  const COMPARED_S = 0.008;
  /** Of the samples that are compared at first: 12 of 48 kHz tell a period well enough to begin with. */
  const COARSE = 4;
  /** Nothing is done about less, in seconds: periods are not shorter. */
  const TOLERANCE_S = 0.005;
  /** How often a period is left out or played twice, in seconds; more often when far off. A tenth is hardly heard. */
  const EVERY_S = 0.1;
  const EVERY_FAR_OFF_S = 0.04;
  const FAR_OFF_S = 0.08;
  /** Beyond this the sound skips, or pauses, in seconds: stretching would take too long. A pause is heard more. */
  const SKIP_S = 0.25;
  const PAUSE_S = 0.6;
  /** A period that is as unlike the next one is not touched ... */
  const ALIKE = 0.6;
  /** ... unless none was better for this long, in seconds. */
  const IMPATIENT_S = 0.5;
  /** After it ran out, sound goes on with this much, in seconds, and gathers the rest while it plays. */
  const RESUME_S = 0.04;
  /** What is missing is filled with what came before: in full for this long, and fading for as long again. In seconds. */
  const FILLED_S = 0.04;
  const FILLED_FADING_S = 0.08;
  /** How far back the fullest moment counts, in seconds, in two halves. */
  const PEAK_HALF_S = 0.4;
  /** Sound comes and goes over this time, in seconds. */
  const GAIN_S = 0.005;
  /** Sum of squares under which there is silence (-80 dB of full scale). */
  const SILENCE = 1e-8;

  /**
   * The samples between decoder and speakers. It keeps as much as it is told, measured when it is fullest: a little
   * more or less is made up for by leaving out single periods of the sound, or playing them twice; what is missing is
   * filled with the last period until it comes. Positions are samples since media time 0.
   */
  return class ElasticSound {
    readonly rateHz: number;
    readonly #rings: Float32Array[];
    readonly #capacity: number;
    readonly #fade: number;
    #begin = 0;
    #read = 0;
    #write = 0;
    #target = 0;
    #packet = 0;
    #playing = false;
    /** It stopped for want of packets, and not to gather more of them. */
    #ranOut = false;
    #gain = 0;
    /** The place that is left, while it fades out. */
    #from = 0;
    #fadeLeft = 0;
    #peak = 0;
    #peakBefore = 0;
    #peakAge = 0;
    #sinceStretch = 0;
    /** Samples in a row that were made up, and all of them. */
    #filling = 0;
    #filled = 0;

    constructor(rateHz: number, channels: number) {
      this.rateHz = rateHz;
      this.#capacity = (MOST_S + HISTORY_S) * rateHz;
      this.#rings = Array.from({ length: channels }, () => new Float32Array(this.#capacity));
      this.#fade = Math.round(FADE_S * rateHz);
    }

    /** Media time of what is read next, in microseconds. */
    get positionUs(): number {
      return (this.#read * 1_000_000) / this.rateHz;
    }

    /** What waits, in milliseconds. */
    get levelMs(): number {
      return (Math.max(0, this.#write - this.#read) * 1000) / this.rateHz;
    }

    get playing(): boolean {
      return this.#playing;
    }

    /** All that was made up so far, in milliseconds. */
    get filledMs(): number {
      return (this.#filled * 1000) / this.rateHz;
    }

    /** How much is to wait when the next packet comes, in milliseconds. */
    set targetMs(targetMs: number) {
      this.#target = Math.round((targetMs * this.rateHz) / 1000);
    }

    /** Takes samples in, one array for each channel, of media time `startUs`. */
    write(startUs: number, planes: readonly Float32Array[]): void {
      const length = planes[0]?.length ?? 0;
      let start = Math.round((startUs * this.rateHz) / 1_000_000);
      // The first, or another beginning: of a publisher that started anew or came back after long.
      const anew = this.#packet === 0 || Math.abs(start - this.#write) > ELSEWHERE_S * this.rateHz;
      if (anew) this.#restart(start);
      const bridged = start > this.#write;
      if (bridged) this.#bridge(start);
      const skip = Math.max(0, this.#write - start);
      if (skip >= length) return;
      start += skip;
      for (const [channel, ring] of this.#rings.entries()) {
        const plane = planes[channel] ?? planes[0];
        if (!plane) continue;
        for (let i = skip; i < length; i += 1) {
          const at = (start + i - skip) % this.#capacity;
          // Out of what was made up, without a click.
          const old = bridged ? Math.max(0, 1 - i / this.#fade) : 0;
          ring[at] = (plane[i] ?? 0) * (1 - old) + (old > 0 ? (ring[at] ?? 0) * old : 0);
        }
      }
      this.#write = start + length - skip;
      this.#packet = length;
      this.#filling = 0;
      if (this.#write - this.#read > MOST_S * this.rateHz) this.#leap(this.#write - this.#target - length);
      this.#peak = Math.max(this.#peak, this.#write - this.#read);
    }

    /** Fills the output, one array for each channel, with what is to be heard next. */
    read(output: readonly Float32Array[]): void {
      const length = output[0]?.length ?? 0;
      this.#age(length);
      const enough = this.#ranOut ? Math.min(this.#target, RESUME_S * this.rateHz) : this.#target;
      if (!this.#playing && this.#write - this.#read >= enough + this.#packet && this.#packet > 0) {
        this.#playing = true;
        this.#ranOut = false;
        this.#filling = 0;
        this.#peak = this.#write - this.#read;
        this.#peakBefore = 0;
      }
      if (this.#playing) this.#keepLevel(length);
      if (this.#playing || this.#gain > 0) this.#fill(length);
      this.#emit(output, length);
    }

    #restart(at: number): void {
      this.#begin = at;
      this.#read = at;
      this.#write = at;
      this.#playing = false;
      this.#gain = 0;
      this.#fadeLeft = 0;
      this.#peak = 0;
      this.#peakBefore = 0;
    }

    /** Packets are missing before `start`, and do not come any more. */
    #bridge(start: number): void {
      const period = this.#periodAt(this.#write, -1, this.#write - this.#begin)?.period;
      const from = this.#write;
      for (const ring of this.#rings) {
        for (let at = from; at < start + this.#fade; at += 1) {
          const gain = this.#fillGain(at - from);
          const before = period && gain > 0 ? (ring[(at - period) % this.#capacity] ?? 0) : 0;
          // Each period is made of the one before it: the fading must not be taken twice.
          const last = this.#fillGain(at - from - (period ?? 0));
          ring[at % this.#capacity] = last > 0 ? (before * gain) / last : 0;
        }
      }
      this.#filled += start - from;
      this.#write = start;
    }

    /** How loud what is made up is, after so many samples of it. */
    #fillGain(samples: number): number {
      const seconds = samples / this.rateHz;
      return Math.min(1, Math.max(0, 1 - (seconds - FILLED_S) / FILLED_FADING_S));
    }

    #age(length: number): void {
      this.#sinceStretch += length;
      this.#peakAge += length;
      if (this.#peakAge < PEAK_HALF_S * this.rateHz) return;
      this.#peakAge = 0;
      this.#peakBefore = this.#peak;
      this.#peak = 0;
    }

    /** Leaves out a period, or plays one twice, when there is too much or too little. */
    #keepLevel(length: number): void {
      const peak = Math.max(this.#peak, this.#peakBefore);
      if (peak === 0 || this.#filling > 0) return;
      const off = (peak - this.#target - this.#packet) / this.rateHz;
      if (off > SKIP_S) this.#leap(this.#read + Math.round(off * this.rateHz));
      else if (off < -PAUSE_S) this.#playing = false;
      if (Math.abs(off) < TOLERANCE_S || off > SKIP_S || off < -PAUSE_S) return;
      const every = Math.abs(off) > FAR_OFF_S ? EVERY_FAR_OFF_S : EVERY_S;
      if (this.#sinceStretch < every * this.rateHz || this.#fadeLeft > 0) return;
      const available = this.#write - this.#read;
      if (available < length + this.#fade) return;
      const most = Math.min(
        Math.abs(off) * this.rateHz,
        off > 0 ? available - length - this.#fade : Infinity,
      );
      const found = this.#periodAt(this.#read, Math.sign(off), most);
      if (!found) return;
      const impatient = this.#sinceStretch > (every + IMPATIENT_S) * this.rateHz;
      if (found.likeness >= ALIKE || impatient) this.#leap(this.#read + Math.sign(off) * found.period);
    }

    /** Where the sound would run out, it goes back by a period and over it again, until more comes. */
    #fill(length: number): void {
      const available = this.#write - this.#read;
      const enough = available >= length + this.#fade;
      if (!this.#playing || (enough && this.#filling === 0)) return;
      this.#filling += length;
      this.#filled += length;
      const faded = this.#fillGain(this.#filling) === 0;
      if (enough && !faded) return;
      const found = this.#periodAt(this.#read, -1, this.#read - this.#begin);
      if (!found || faded) {
        this.#playing = false;
        this.#ranOut = true;
        return;
      }
      const missing = length + this.#fade - available;
      this.#leap(this.#read - found.period * Math.ceil(missing / found.period), Math.max(0, available));
    }

    /** Goes on from another place; what is left is heard for another moment, where there is something. */
    #leap(to: number, atMost = this.#fade): void {
      const by = Math.max(to, this.#begin, this.#write - this.#capacity + this.#fade) - this.#read;
      this.#from = this.#read;
      this.#fadeLeft = Math.min(this.#fade, atMost);
      this.#read += by;
      this.#peak = Math.max(0, this.#peak - by);
      this.#peakBefore = Math.max(0, this.#peakBefore - by);
      this.#sinceStretch = 0;
    }

    #emit(output: readonly Float32Array[], length: number): void {
      const step = 1 / (GAIN_S * this.rateHz);
      const fade = this.#fade;
      const wanted = this.#playing ? this.#fillGain(this.#filling) : 0;
      for (let i = 0; i < length; i += 1) {
        const away = wanted - this.#gain;
        this.#gain += Math.min(step, Math.max(-step, away));
        const old = this.#fadeLeft / fade;
        const silent = this.#gain === 0 || this.#read >= this.#write;
        for (const [channel, ring] of this.#rings.entries()) {
          const to = output[channel];
          if (!to) continue;
          const now = silent ? 0 : (ring[this.#read % this.#capacity] ?? 0);
          const before = old > 0 ? (ring[this.#from % this.#capacity] ?? 0) : 0;
          to[i] = this.#gain * (now * (1 - old) + before * old);
        }
        if (!silent) this.#read += 1;
        if (this.#fadeLeft > 0) {
          this.#fadeLeft -= 1;
          this.#from += 1;
        }
      }
    }

    /**
     * The length after which the sound around `at` repeats itself best, ahead of it (`side` 1) or behind it (-1), in
     * samples, and how alike the two are (up to 1). Undefined where there is not enough sound.
     */
    #periodAt(at: number, side: number, most: number): { period: number; likeness: number } | undefined {
      const compared = Math.round(COMPARED_S * this.rateHz);
      const least = Math.round(MIN_PERIOD_S * this.rateHz);
      const room = side < 0 ? at - compared - Math.max(this.#begin, this.#write - this.#capacity) : most;
      const longest = Math.floor(Math.min(MAX_PERIOD_S * this.rateHz, most, room));
      if (longest < least || at - compared < this.#begin) return undefined;
      let best = { period: longest, likeness: -1 };
      for (let period = least; period <= longest; period += 2) {
        const likeness = this.#likeness(at, at + side * period, compared, COARSE);
        if (likeness > best.likeness) best = { period, likeness };
      }
      let fine = { ...best, likeness: -1 };
      for (let period = best.period - COARSE; period <= best.period + COARSE; period += 1) {
        if (period < least || period > longest) continue;
        const likeness = this.#likeness(at, at + side * period, compared, 1);
        if (likeness > fine.likeness) fine = { period, likeness };
      }
      return fine;
    }

    /** How alike the samples before two places are: 1 is the same, 0 has nothing in common. */
    #likeness(a: number, b: number, length: number, step: number): number {
      let both = 0;
      let ofA = 0;
      let ofB = 0;
      for (const ring of this.#rings) {
        for (let i = -length; i < 0; i += step) {
          const x = ring[(a + i) % this.#capacity] ?? 0;
          const y = ring[(b + i) % this.#capacity] ?? 0;
          both += x * y;
          ofA += x * x;
          ofB += y * y;
        }
      }
      if (ofA < SILENCE && ofB < SILENCE) return 1;
      return both / Math.sqrt(Math.max(SILENCE, ofA) * Math.max(SILENCE, ofB));
    }
  };
}

/** A buffer that sound is played from. */
export type ElasticSound = InstanceType<ReturnType<typeof defineElasticSound>>;
