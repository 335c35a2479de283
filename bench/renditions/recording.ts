/** What the two pages write down, for the figures. All times are milliseconds since the epoch: both run on one clock. */

/** A picture that was seen on the screen for the first time. */
export interface Sighting {
  atMs: number;
  /** When it was captured, modulo PATTERN_CODE_LIMIT. */
  code: number;
  /** Lines that its rendition has. */
  height: number;
}

/** Sound is loud (the source's tone) or quiet from here on; also told again and again while nothing changes. */
export interface SoundMark {
  atMs: number;
  loud: boolean;
}

/** What a viewer saw and heard. */
export interface Seen {
  sightings: Sighting[];
  sound: SoundMark[];
  /** Looks at a picture that had no code that could be read. */
  unreadable: number;
}

/** What the source did, to tell its own hitches from those of the way. */
export interface Made {
  frames: number;
  /** The longest time between two pictures that it made, in milliseconds. */
  longestGapMs: number;
}

/** The link became another. */
export interface Step {
  atMs: number;
  name: string;
  top: boolean;
}

export interface Recording {
  /** When the viewer asked for the picture. */
  askedMs: number;
  endMs: number;
  seen: Seen;
  made: Made;
  /** The phases of the scenario, the first one included. */
  steps: Step[];
}
