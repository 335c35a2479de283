import { MediaError, unplayableFileText } from '../shared/media-error.ts';
import { videoCodecOf } from './file-codec.ts';
import type { AudioSink, Capture, Source, VideoSink } from './source.ts';
import { readAudioTrack, readVideoTrack } from './track-reader.ts';

/**
 * Maximum time until the first data of a file is loaded, in milliseconds. Large files on slow disks take
 * several seconds.
 */
const OPEN_DEADLINE_MS = 10_000;
/**
 * Assumed frame rate, in frames per second. Media elements do not report a file's frame rate; 30 is the most
 * common.
 */
const FRAME_RATE = 30;

/** TypeScript's DOM types do not include `captureStream` on media elements. */
type CapturableVideo = HTMLVideoElement & { captureStream(): MediaStream };

/**
 * A media file that the browser plays in a loop. It has video, audio, or both. Its audio is not played
 * through the local speakers.
 */
class FileSource implements Source {
  readonly kind = 'file';
  readonly preview: MediaStream | null;
  readonly frameRate = FRAME_RATE;
  readonly canStopVideoAlone = true;
  onEnded: (() => void) | undefined;
  readonly #element: HTMLVideoElement;
  readonly #url: string;
  readonly #stream: MediaStream;
  readonly #captures = new Set<Capture>();

  constructor(element: CapturableVideo, url: string) {
    this.#element = element;
    this.#url = url;
    this.#stream = element.captureStream();
    this.preview = element.videoWidth > 0 ? new MediaStream(this.#stream.getVideoTracks()) : null;
    element.addEventListener('error', () => this.onEnded?.(), { once: true });
  }

  get hasAudio(): boolean {
    return this.#stream.getAudioTracks().length > 0;
  }

  startVideo(sink: VideoSink): Capture | undefined {
    if (!this.preview) return undefined;
    return this.#start(
      () => this.#stream.getVideoTracks(),
      (track) => readVideoTrack(track, sink),
    );
  }

  startAudio(sink: AudioSink): Capture | undefined {
    if (!this.hasAudio) return undefined;
    return this.#start(
      () => this.#stream.getAudioTracks(),
      (track) => readAudioTrack(track, sink),
    );
  }

  close(): void {
    this.onEnded = undefined;
    for (const capture of [...this.#captures]) capture.close();
    for (const track of this.#stream.getTracks()) track.stop();
    releaseElement(this.#element, this.#url);
  }

  /**
   * Reads the newest live track. A looping element may replace its track; reading then continues with the new
   * one.
   */
  #start(tracks: () => MediaStreamTrack[], read: (track: MediaStreamTrack) => Capture): Capture {
    let current: MediaStreamTrack | undefined;
    let reading: Capture | undefined;
    const update = () => {
      const newest = tracks().findLast((track) => track.readyState === 'live');
      if (!newest || newest === current) return;
      reading?.close();
      current = newest;
      reading = read(newest);
    };
    this.#stream.addEventListener('addtrack', update);
    update();
    const capture: Capture = {
      close: () => {
        this.#stream.removeEventListener('addtrack', update);
        reading?.close();
        this.#captures.delete(capture);
      },
    };
    this.#captures.add(capture);
    return capture;
  }
}

/**
 * Opens a media file and starts playing it.
 * @throws MediaError
 */
export async function openFile(file: File): Promise<Source> {
  const element = document.createElement('video');
  const url = URL.createObjectURL(file);
  element.loop = true;
  element.playsInline = true;
  // A muted element does not play through the speakers, but its captured stream has sound.
  element.muted = true;
  try {
    await waitForData(element, url);
    await element.play();
    if (!('captureStream' in element)) throw unplayable(file, null);
    const source = new FileSource(element as CapturableVideo, url);
    // A file whose video codec is unsupported plays as if it had only audio.
    const codec = source.preview ? null : await videoCodecOf(file);
    if (!source.preview && (codec !== null || !source.hasAudio)) {
      source.close();
      throw unplayable(file, codec);
    }
    return source;
  } catch (error) {
    releaseElement(element, url);
    throw error instanceof MediaError ? error : unplayable(file, await videoCodecOf(file), error);
  }
}

function unplayable({ name }: File, codec: string | null, cause?: unknown): MediaError {
  return new MediaError('file', 'unplayable', { cause, message: unplayableFileText(name, codec) });
}

function waitForData(element: HTMLVideoElement, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timed out loading the file')), OPEN_DEADLINE_MS);
    element.onloadeddata = () => {
      clearTimeout(timer);
      resolve();
    };
    element.onerror = () => {
      clearTimeout(timer);
      reject(new Error(element.error?.message || 'the file cannot be played'));
    };
    element.src = url;
  });
}

function releaseElement(element: HTMLVideoElement, url: string): void {
  element.onloadeddata = null;
  element.onerror = null;
  element.pause();
  element.removeAttribute('src');
  element.load();
  URL.revokeObjectURL(url);
}
