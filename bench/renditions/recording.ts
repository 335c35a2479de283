// Data that the two pages record. All times are milliseconds since the epoch; both pages use the same clock.

/** The first appearance of a frame on the screen. */
export interface Sighting {
  atMs: number;
  /** Capture time, modulo PATTERN_CODE_LIMIT. */
  code: number;
  /** Height of its rendition, in lines. */
  height: number;
}

/** State of the source's tone from `atMs` on: audible (`loud`) or not. It is repeated while nothing changes. */
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

/** Statistics of the camera, which distinguish its own stalls from those of the transmission. */
export interface SourceStats {
  frames: number;
  /** Longest time between two captured frames, in milliseconds. */
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
  /** Time at which the viewer requested the video. */
  askedMs: number;
  endMs: number;
  seen: Observations;
  made: SourceStats;
  /** The beginning of each phase, including the first. */
  steps: Step[];
}
