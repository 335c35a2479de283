import type { Running, SoundSink, VideoSink } from './inputs.ts';
import { MediaClock, nowUs } from './media-clock.ts';

/** Reads a MediaStreamTrack's frames and samples, by MediaStreamTrackProcessor, which the DOM's types leave out. */

interface Processor {
  readonly readable: ReadableStream<VideoFrame | AudioData>;
}
type ProcessorConstructor = new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => Processor;

/** Frames that may wait: one being read and one to come. More would only be older. */
const VIDEO_BUFFER_FRAMES = 2;
/** Chunks of 10 ms that may wait while the window is busy: half a second, after which the oldest go. */
const SOUND_BUFFER_CHUNKS = 50;

/** Whether this browser can read tracks at all. */
export function canReadTracks(): boolean {
  return processorConstructor() !== undefined;
}

/** Stamps a video track's frames on the media clock. The track stays its owner's. */
export function readVideoTrack(track: MediaStreamTrack, sink: VideoSink): Running {
  const clock = new MediaClock();
  return readTrack(track, VIDEO_BUFFER_FRAMES, (data) => {
    if (!(data instanceof VideoFrame)) return;
    const stamped = new VideoFrame(data, { timestamp: clock.map(data.timestamp, nowUs()) });
    try {
      sink.frame(stamped);
    } finally {
      stamped.close();
    }
  });
}

/** Copies out an audio track's samples. The track stays its owner's. */
export function readSoundTrack(track: MediaStreamTrack, sink: SoundSink): Running {
  const clock = new MediaClock();
  return readTrack(track, SOUND_BUFFER_CHUNKS, (data) => {
    if (!(data instanceof AudioData)) return;
    const spanUs = (data.numberOfFrames * 1_000_000) / data.sampleRate;
    const startUs = clock.map(data.timestamp, nowUs(), spanUs);
    const planes = Array.from({ length: Math.min(2, data.numberOfChannels) }, (_, planeIndex) => {
      const plane = new Float32Array(data.numberOfFrames);
      data.copyTo(plane, { planeIndex, format: 'f32-planar' });
      return plane;
    });
    sink.chunk({ planes, sampleRateHz: data.sampleRate, startUs });
  });
}

function readTrack(
  track: MediaStreamTrack,
  maxBufferSize: number,
  use: (data: VideoFrame | AudioData) => void,
): Running {
  const Constructor = processorConstructor();
  if (!Constructor) throw new Error('this browser cannot read media tracks');
  const reader = new Constructor({ track, maxBufferSize }).readable.getReader();
  let closed = false;
  const run = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      try {
        if (!closed) use(value);
      } finally {
        value.close();
      }
    }
  };
  run().catch((error: unknown) => {
    // After closing, a rejected read is the answer to the cancel; before it, the fault is the reader's to hear of.
    if (!closed) reportError(error);
  });
  return {
    close: () => {
      closed = true;
      reader.cancel().catch(() => undefined);
    },
  };
}

function processorConstructor(): ProcessorConstructor | undefined {
  return (globalThis as { MediaStreamTrackProcessor?: ProcessorConstructor }).MediaStreamTrackProcessor;
}
