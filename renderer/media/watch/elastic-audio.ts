/**
 * Returns the class of the buffer between the audio decoder and the speakers. Only this function's source
 * text is loaded into the audio thread, so it must not use imports or other names from outside.
 */
export function defineElasticAudio() {
  /** Maximum buffered audio, in seconds: the longest selectable latency plus a margin. */
  const CAPACITY_S = 11;
  /** Amount of played audio that is stored for repetition, in seconds: several periods of the waveform. */
  const HISTORY_S = 1;
  /**
   * A packet starts a new timeline if its timestamp deviates from the expected one by more than this, in
   * seconds.
   */
  const NEW_TIMELINE_S = 5;
  /**
   * Duration of a cross-fade between two positions, in seconds. It is short compared with speech sounds, but
   * long enough to avoid clicks.
   */
  const FADE_S = 0.0025;
  /**
   * Range of periods that are detected, in seconds. It covers the fundamentals of voices and instruments from
   * 400 down to 66 Hz, and multiples of shorter periods.
   */
  const MIN_PERIOD_S = 0.0025;
  const MAX_PERIOD_S = 0.015;
  /** Length of the audio segments that are compared to find a period, in seconds. */
  const COMPARED_S = 0.008;
  /**
   * Step of the first, coarse comparison, in samples. At 48 kHz, comparing every fourth sample is precise
   * enough for a first guess.
   */
  const COARSE_STEP = 4;
  /**
   * Tolerated deviation from the target, in seconds. Corrections drop or repeat whole periods, so they cannot
   * meet the target exactly.
   */
  const TOLERANCE_S = 0.005;
  /**
   * Minimum time between two dropped or repeated periods, in seconds. Ten such changes a second are hardly
   * audible.
   */
  const EVERY_S = 0.1;
  /**
   * Minimum time between two dropped or repeated periods while the deviation exceeds `FAR_OFF_S`, in seconds.
   */
  const EVERY_FAR_OFF_S = 0.04;
  const FAR_OFF_S = 0.08;
  /**
   * If the buffer exceeds its target by more than this, in seconds, audio is skipped. Dropping single periods
   * would take too long.
   */
  const SKIP_S = 0.25;
  /**
   * If the buffer falls short of its target by more than this, in seconds, playback pauses. The value exceeds
   * `SKIP_S`, because a pause is more audible than a skip.
   */
  const PAUSE_S = 0.6;
  /** How similar a period and the next one must be before one of them is dropped or repeated. */
  const MIN_SIMILARITY = 0.6;
  /**
   * How long to search for a sufficiently similar period before the best available one is used, in seconds.
   */
  const IMPATIENT_S = 0.5;
  /**
   * How much audio must be buffered before playback resumes after an underrun, in seconds. The buffer fills
   * up further during playback.
   */
  const RESUME_S = 0.04;
  /** How long missing audio is replaced with the last period at full volume, in seconds. */
  const FILLED_S = 0.04;
  /** Duration of the fade-out that follows `FILLED_S`, in seconds. */
  const FILLED_FADING_S = 0.08;
  /** Half the length of the time window in which the peak fill level is measured, in seconds. */
  const PEAK_HALF_S = 0.4;
  /** Duration of fade-in and fade-out, in seconds. */
  const GAIN_S = 0.005;
  /** Sum of squares below which audio counts as silence (-80 dB of full scale). */
  const SILENCE = 1e-8;

  /**
   * Keeps a target amount of audio buffered, measured at its peak, by dropping or repeating single periods of
   * the waveform. Repeats the last period while audio is missing. Positions are sample counts since media
   * time 0.
   */
  return class ElasticAudio {
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
    /** Whether playback stopped because of an underrun. Otherwise, it stopped to refill the buffer. */
    #ranOut = false;
    #gain = 0;
    /** The previous read position, whose audio is fading out. */
    #fadeFrom = 0;
    #fadeLeft = 0;
    #peak = 0;
    #peakBefore = 0;
    #peakAge = 0;
    #sinceStretch = 0;
    /** Number of samples synthesized since audio last arrived, and in total. */
    #filling = 0;
    #filled = 0;

    constructor(rateHz: number, channels: number) {
      this.rateHz = rateHz;
      this.#capacity = (CAPACITY_S + HISTORY_S) * rateHz;
      this.#rings = Array.from({ length: channels }, () => new Float32Array(this.#capacity));
      this.#fade = Math.round(FADE_S * rateHz);
    }

    /** Media time of the next sample to read, in microseconds. */
    get positionUs(): number {
      return (this.#read * 1_000_000) / this.rateHz;
    }

    /** Duration of the buffered audio, in milliseconds. */
    get levelMs(): number {
      return (Math.max(0, this.#write - this.#read) * 1000) / this.rateHz;
    }

    get playing(): boolean {
      return this.#playing;
    }

    /** Total duration of synthesized audio, in milliseconds. */
    get filledMs(): number {
      return (this.#filled * 1000) / this.rateHz;
    }

    /** Sets how much audio, in milliseconds, should still be buffered when a packet arrives. */
    set targetMs(targetMs: number) {
      this.#target = Math.round((targetMs * this.rateHz) / 1000);
    }

    /** Adds samples that start at media time `startUs`, one array per channel. */
    write(startUs: number, planes: readonly Float32Array[]): void {
      const length = planes[0]?.length ?? 0;
      let start = Math.round((startUs * this.rateHz) / 1_000_000);
      // The first packet starts a new timeline, and so does a publisher after a restart or a long absence.
      const isNewTimeline =
        this.#packet === 0 || Math.abs(start - this.#write) > NEW_TIMELINE_S * this.rateHz;
      if (isNewTimeline) this.#restart(start);
      const bridged = start > this.#write;
      if (bridged) this.#fillGap(start);
      const skip = Math.max(0, this.#write - start);
      if (skip >= length) return;
      start += skip;
      for (const [channel, ring] of this.#rings.entries()) {
        const plane = planes[channel] ?? planes[0];
        if (!plane) continue;
        for (let i = skip; i < length; i += 1) {
          const at = (start + i - skip) % this.#capacity;
          // Cross-fades from the synthesized audio to avoid a click.
          const old = bridged ? Math.max(0, 1 - i / this.#fade) : 0;
          ring[at] = (plane[i] ?? 0) * (1 - old) + (old > 0 ? (ring[at] ?? 0) * old : 0);
        }
      }
      this.#write = start + length - skip;
      this.#packet = length;
      this.#filling = 0;
      if (this.#write - this.#read > CAPACITY_S * this.rateHz)
        this.#jump(this.#write - this.#target - length);
      this.#peak = Math.max(this.#peak, this.#write - this.#read);
    }

    /** Fills the output, one array per channel, with the next samples. */
    read(output: readonly Float32Array[]): void {
      const length = output[0]?.length ?? 0;
      this.#advanceWindows(length);
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
      this.#render(output, length);
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

    /** Synthesizes audio up to `start`, because the packets before it have been lost. */
    #fillGap(start: number): void {
      const period = this.#periodAt(this.#write, -1, this.#write - this.#begin)?.period;
      const from = this.#write;
      for (const ring of this.#rings) {
        for (let at = from; at < start + this.#fade; at += 1) {
          const gain = this.#fillGain(at - from);
          const before = period && gain > 0 ? (ring[(at - period) % this.#capacity] ?? 0) : 0;
          // Each period is copied from the one before it and already contains that period's fade, which must
          // be undone.
          const last = this.#fillGain(at - from - (period ?? 0));
          ring[at % this.#capacity] = last > 0 ? (before * gain) / last : 0;
        }
      }
      this.#filled += start - from;
      this.#write = start;
    }

    /** Returns the volume of synthesized audio (0..1) after `samples` synthesized samples. */
    #fillGain(samples: number): number {
      const seconds = samples / this.rateHz;
      return Math.min(1, Math.max(0, 1 - (seconds - FILLED_S) / FILLED_FADING_S));
    }

    #advanceWindows(length: number): void {
      this.#sinceStretch += length;
      this.#peakAge += length;
      if (this.#peakAge < PEAK_HALF_S * this.rateHz) return;
      this.#peakAge = 0;
      this.#peakBefore = this.#peak;
      this.#peak = 0;
    }

    /** Drops or repeats a period if the buffer is above or below its target. */
    #keepLevel(length: number): void {
      const peak = Math.max(this.#peak, this.#peakBefore);
      if (peak === 0 || this.#filling > 0) return;
      const deviation = (peak - this.#target - this.#packet) / this.rateHz;
      if (deviation > SKIP_S) this.#jump(this.#read + Math.round(deviation * this.rateHz));
      else if (deviation < -PAUSE_S) this.#playing = false;
      if (Math.abs(deviation) < TOLERANCE_S || deviation > SKIP_S || deviation < -PAUSE_S) return;
      const every = Math.abs(deviation) > FAR_OFF_S ? EVERY_FAR_OFF_S : EVERY_S;
      if (this.#sinceStretch < every * this.rateHz || this.#fadeLeft > 0) return;
      const available = this.#write - this.#read;
      if (available < length + this.#fade) return;
      const maxPeriod = Math.min(
        Math.abs(deviation) * this.rateHz,
        deviation > 0 ? available - length - this.#fade : Infinity,
      );
      const found = this.#periodAt(this.#read, Math.sign(deviation), maxPeriod);
      if (!found) return;
      const impatient = this.#sinceStretch > (every + IMPATIENT_S) * this.rateHz;
      if (found.similarity >= MIN_SIMILARITY || impatient)
        this.#jump(this.#read + Math.sign(deviation) * found.period);
    }

    /** Shortly before the audio runs out, jumps back one period and repeats it until more audio arrives. */
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
      this.#jump(this.#read - found.period * Math.ceil(missing / found.period), Math.max(0, available));
    }

    /** Continues at another position. The old position fades out, for at most `maxFade` samples. */
    #jump(to: number, maxFade = this.#fade): void {
      const by = Math.max(to, this.#begin, this.#write - this.#capacity + this.#fade) - this.#read;
      this.#fadeFrom = this.#read;
      this.#fadeLeft = Math.min(this.#fade, maxFade);
      this.#read += by;
      this.#peak = Math.max(0, this.#peak - by);
      this.#peakBefore = Math.max(0, this.#peakBefore - by);
      this.#sinceStretch = 0;
    }

    #render(output: readonly Float32Array[], length: number): void {
      const step = 1 / (GAIN_S * this.rateHz);
      const fade = this.#fade;
      const targetGain = this.#playing ? this.#fillGain(this.#filling) : 0;
      for (let i = 0; i < length; i += 1) {
        const change = targetGain - this.#gain;
        this.#gain += Math.min(step, Math.max(-step, change));
        const old = this.#fadeLeft / fade;
        const silent = this.#gain === 0 || this.#read >= this.#write;
        for (const [channel, ring] of this.#rings.entries()) {
          const to = output[channel];
          if (!to) continue;
          const now = silent ? 0 : (ring[this.#read % this.#capacity] ?? 0);
          const before = old > 0 ? (ring[this.#fadeFrom % this.#capacity] ?? 0) : 0;
          to[i] = this.#gain * (now * (1 - old) + before * old);
        }
        if (!silent) this.#read += 1;
        if (this.#fadeLeft > 0) {
          this.#fadeLeft -= 1;
          this.#fadeFrom += 1;
        }
      }
    }

    /**
     * Finds the period of the waveform at `at`, in samples, by comparing it with the audio after it (`side`
     * 1) or before it (-1). `similarity` is at most 1. Undefined if there is too little audio.
     */
    #periodAt(
      at: number,
      side: number,
      maxPeriod: number,
    ): { period: number; similarity: number } | undefined {
      const compared = Math.round(COMPARED_S * this.rateHz);
      const shortest = Math.round(MIN_PERIOD_S * this.rateHz);
      const room = side < 0 ? at - compared - Math.max(this.#begin, this.#write - this.#capacity) : maxPeriod;
      const longest = Math.floor(Math.min(MAX_PERIOD_S * this.rateHz, maxPeriod, room));
      if (longest < shortest || at - compared < this.#begin) return undefined;
      let best = { period: longest, similarity: -1 };
      for (let period = shortest; period <= longest; period += 2) {
        const similarity = this.#similarity(at, at + side * period, compared, COARSE_STEP);
        if (similarity > best.similarity) best = { period, similarity };
      }
      let fine = { ...best, similarity: -1 };
      for (let period = best.period - COARSE_STEP; period <= best.period + COARSE_STEP; period += 1) {
        if (period < shortest || period > longest) continue;
        const similarity = this.#similarity(at, at + side * period, compared, 1);
        if (similarity > fine.similarity) fine = { period, similarity };
      }
      return fine;
    }

    /**
     * Returns the correlation of the samples before two positions: 1 if they are identical, 0 if they are
     * unrelated.
     */
    #similarity(a: number, b: number, length: number, step: number): number {
      let dot = 0;
      let energyA = 0;
      let energyB = 0;
      for (const ring of this.#rings) {
        for (let i = -length; i < 0; i += step) {
          const x = ring[(a + i) % this.#capacity] ?? 0;
          const y = ring[(b + i) % this.#capacity] ?? 0;
          dot += x * y;
          energyA += x * x;
          energyB += y * y;
        }
      }
      if (energyA < SILENCE && energyB < SILENCE) return 1;
      return dot / Math.sqrt(Math.max(SILENCE, energyA) * Math.max(SILENCE, energyB));
    }
  };
}

/** An instance of the class that `defineElasticAudio` returns. */
export type ElasticAudio = InstanceType<ReturnType<typeof defineElasticAudio>>;
