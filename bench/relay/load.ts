import { Broadcast, Time, type Track } from 'moq-net';
import { nowMs, STAMP_BYTES } from './light-viewer.ts';

/** Frame rate of the video track, in frames per second. The track has a bitrate of 2.4 Mbit/s. */
export const VIDEO_FPS = 30;
/** Number of frames in a group, so that a keyframe is sent every two seconds. */
export const GROUP_FRAMES = 60;
const VIDEO_BPS = 2_400_000;
/** Packet rate of the audio track, in packets per second. The track has a bitrate of 0.1 Mbit/s. */
export const AUDIO_PER_S = 50;
const AUDIO_BYTES = 250;
/**
 * The keyframe's share of a group's bytes, and how much the sizes of the other frames vary. The values are
 * typical of a talking head at 720p, encoded with x264.
 */
const KEY_SHARE = 0.12;
const SPREAD = 0.5;
/** The tracks of the load, audio first. */
export const TRACKS = ['audio/opus', 'video/h264-720p'] as const;

/** Returns the sizes of a group's frames, in bytes. They are the same for all groups. */
export function frameSizes(): number[] {
  const groupBytes = ((VIDEO_BPS / 8) * GROUP_FRAMES) / VIDEO_FPS;
  const random = generator(1);
  const weights = Array.from({ length: GROUP_FRAMES - 1 }, () => Math.exp(SPREAD * normal(random)));
  const sum = weights.reduce((a, b) => a + b, 0);
  const rest = weights.map((weight) => Math.round((weight / sum) * groupBytes * (1 - KEY_SHARE)));
  return [Math.round(groupBytes * KEY_SHARE), ...rest];
}

/** Broadcasts the load until the process ends. */
export function startLoad(): Broadcast.Producer {
  const broadcast = new Broadcast.Producer();
  const [audio, video] = TRACKS.map((name) => broadcast.createTrack(name, { latencyMax: 2_000 }));
  if (!audio || !video) throw new Error('the load needs two tracks');
  const sizes = frameSizes();
  let group = video.appendGroup();
  every(1_000 / VIDEO_FPS, (index) => {
    if (index % GROUP_FRAMES === 0) {
      group.close();
      group = video.appendGroup();
    }
    group.writeFrame(stamped(sizes[index % GROUP_FRAMES] ?? AUDIO_BYTES));
  });
  every(1_000 / AUDIO_PER_S, () => single(audio));
  return broadcast;
}

function single(track: Track.Producer): void {
  const group = track.appendGroup();
  group.writeFrame(stamped(AUDIO_BYTES));
  group.close();
}

function stamped(size: number) {
  const payload = new Uint8Array(Math.max(size, STAMP_BYTES));
  new DataView(payload.buffer).setFloat64(0, nowMs());
  return { payload, timestamp: Time.Timestamp.now() };
}

/** Calls `act` at a fixed rate without drift. If a timer is late, the missed calls follow immediately. */
function every(periodMs: number, act: (index: number) => void): void {
  const startMs = performance.now();
  let index = 0;
  setInterval(() => {
    while (startMs + index * periodMs <= performance.now()) act(index++);
  }, periodMs / 2);
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Returns a normally distributed number (Box–Muller transform). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
