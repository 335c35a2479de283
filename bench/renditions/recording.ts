// Data that the two pages record. All times are milliseconds since the epoch; both pages use the same clock.

/** The first appearance of a frame on the screen. */
export interface Sighting {
  atMs: number;
  /** Capture time, modulo PATTERN_CODE_LIMIT. */
  code: number;
  /** Height of its rendition, in lines. */
  height: number;
}

/** From this time on the source's tone is audible (`loud`) or not. Repeated while nothing changes. */
export interface AudioMark {
  atMs: number;
  loud: boolean;
}

/** Everything that the viewer's page observed. */
export interface Observations {
  sightings: Sighting[];
  audio: AudioMark[];
  /** Number of frames without a readable code. */
  unreadable: number;
}

/** Statistics of the camera, to separate its own stalls from those of the transmission. */
export interface SourceStats {
  frames: number;
  /** The longest time between two captured frames, in milliseconds. */
  longestGapMs: number;
}

/** A change of the network. */
export interface Step {
  atMs: number;
  name: string;
  /** See `Phase.top`. */
  top: boolean;
}

/** All recorded data of one run. */
export interface Recording {
  /** When the viewer requested the video. */
  askedMs: number;
  endMs: number;
  seen: Observations;
  made: SourceStats;
  /** The beginning of each phase, including the first. */
  steps: Step[];
}
