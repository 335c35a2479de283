import {
  canReadThroughElements,
  readAudioThroughWorklet,
  readVideoThroughElement,
} from './element-track-reader.ts';
import { MediaClock, nowUs } from './media-clock.ts';
import type { AudioSink, Capture, VideoSink } from './source.ts';
import { UprightFrames } from './upright-frames.ts';

/**
 * `MediaStreamTrackProcessor` reads the data of a `MediaStreamTrack`. TypeScript's DOM types do not include
 * it.
 */
interface Processor {
  readonly readable: ReadableStream<VideoFrame | AudioData>;
}
type ProcessorConstructor = new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => Processor;

/** Number of buffered frames: the one being read and the next one. A larger buffer would only add delay. */
const VIDEO_BUFFER_FRAMES = 2;
/**
 * Maximum number of 10 ms chunks that are buffered while the window is busy (half a second in total). While
 * the buffer is full, the oldest chunks are dropped.
 */
const AUDIO_BUFFER_CHUNKS = 50;

/** Whether this browser can read the data of media tracks. */
export function canReadTracks(): boolean {
  return processorConstructor() !== undefined || canReadThroughElements();
}

/** Sends a video track's frames, upright and stamped with media time, to `sink`. Closing the result does not stop the track. */
export function readVideoTrack(track: MediaStreamTrack, sink: VideoSink): Capture {
  if (!processorConstructor()) return readVideoThroughElement(track, sink);
  const clock = new MediaClock();
  const upright = new UprightFrames();
  return readTrack(track, VIDEO_BUFFER_FRAMES, (data) => {
    if (!(data instanceof VideoFrame)) return;
    const stamped = new VideoFrame(data, { timestamp: clock.map(data.timestamp, nowUs()) });
    let turned: VideoFrame | undefined;
    try {
      turned = upright.turn(stamped);
      sink.frame(turned);
    } finally {
      stamped.close();
      turned?.close();
    }
  });
}

/** Sends copies of an audio track's samples, at most stereo, to `sink`. Closing the result does not stop the track. */
export function readAudioTrack(track: MediaStreamTrack, sink: AudioSink): Capture {
  if (!processorConstructor()) return readAudioThroughWorklet(track, sink);
  const clock = new MediaClock();
  return readTrack(track, AUDIO_BUFFER_CHUNKS, (data) => {
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
  process: (data: VideoFrame | AudioData) => void,
): Capture {
  const Constructor = processorConstructor();
  if (!Constructor) throw new Error('this browser cannot read media tracks');
  const reader = new Constructor({ track, maxBufferSize }).readable.getReader();
  let closed = false;
  const run = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      try {
        if (!closed) process(value);
      } finally {
        value.close();
      }
    }
  };
  run().catch((error: unknown) => {
    // The rejection after close() is expected, because close() cancels the read.
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
