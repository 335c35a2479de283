// Data that the two pages record. All times are milliseconds since the epoch; both pages use the same clock.

/** The first appearance of a frame on screen. */
export interface Sighting {
  atMs: number;
  /** Capture time, modulo PATTERN_CODE_LIMIT. */
  code: number;
  /** Height of the frame's rendition, in lines. */
  height: number;
}

/**
 * Whether the source's tone was audible (`loud`) at `atMs`. While the state does not change, it is still
 * recorded at regular intervals.
 */
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

/** Camera statistics, for distinguishing stalls of the camera from stalls of the transmission. */
export interface SourceStats {
  frames: number;
  /** Longest time between two captured frames, in milliseconds. */
  longestGapMs: number;
}

/** A network change. */
export interface Step {
  atMs: number;
  name: string;
  /** See `Phase.top`. */
  top: boolean;
}

/** All data recorded in one run. */
export interface Recording {
  /** Time at which the viewer requested the video. */
  askedMs: number;
  endMs: number;
  seen: Observations;
  made: SourceStats;
  /** The start of each phase, including the first. */
  steps: Step[];
}
