import { MediaError } from '../shared/faults.ts';
import type { Running, SoundSink, Source, VideoSink } from './inputs.ts';
import { readSoundTrack, readVideoTrack } from './track-reader.ts';

/** How long a file may take until its first picture or sound, in milliseconds: large ones on slow disks need seconds. */
const OPEN_DEADLINE_MS = 10_000;
/** Files do not tell their frame rate; this is the most common. */
const FRAME_RATE = 30;

/** captureStream of media elements is not in the DOM's types. */
type CapturableVideo = HTMLVideoElement & { captureStream(): MediaStream };

/** A file that the browser plays, over and over: its picture, and its sound, which is not heard here; or either alone. */
export class FileSource implements Source {
  readonly kind = 'file';
  readonly preview: MediaStream | null;
  readonly frameRate = FRAME_RATE;
  readonly keepsSound = true;
  onEnded: (() => void) | undefined;
  readonly #element: HTMLVideoElement;
  readonly #url: string;
  readonly #stream: MediaStream;
  readonly #running = new Set<Running>();

  constructor(element: CapturableVideo, url: string) {
    this.#element = element;
    this.#url = url;
    this.#stream = element.captureStream();
    this.preview = element.videoWidth > 0 ? new MediaStream(this.#stream.getVideoTracks()) : null;
    element.addEventListener('error', () => this.onEnded?.(), { once: true });
  }

  get hasSound(): boolean {
    return this.#stream.getAudioTracks().length > 0;
  }

  startVideo(sink: VideoSink): Running | undefined {
    if (!this.preview) return undefined;
    return this.#follow(
      () => this.#stream.getVideoTracks(),
      (track) => readVideoTrack(track, sink),
    );
  }

  startSound(sink: SoundSink): Running | undefined {
    if (!this.hasSound) return undefined;
    return this.#follow(
      () => this.#stream.getAudioTracks(),
      (track) => readSoundTrack(track, sink),
    );
  }

  close(): void {
    this.onEnded = undefined;
    for (const running of [...this.#running]) running.close();
    for (const track of this.#stream.getTracks()) track.stop();
    releaseElement(this.#element, this.#url);
  }

  /** An element that starts over may replace its tracks; reading goes on with the new ones. */
  #follow(tracks: () => MediaStreamTrack[], read: (track: MediaStreamTrack) => Running): Running {
    let current: MediaStreamTrack | undefined;
    let reading: Running | undefined;
    const update = () => {
      const newest = tracks().findLast((track) => track.readyState === 'live');
      if (!newest || newest === current) return;
      reading?.close();
      current = newest;
      reading = read(newest);
    };
    this.#stream.addEventListener('addtrack', update);
    update();
    const running: Running = {
      close: () => {
        this.#stream.removeEventListener('addtrack', update);
        reading?.close();
        this.#running.delete(running);
      },
    };
    this.#running.add(running);
    return running;
  }
}

/** Opens a file for playing. Throws MediaError. */
export async function openFile(file: File): Promise<Source> {
  const element = document.createElement('video');
  const url = URL.createObjectURL(file);
  element.loop = true;
  element.playsInline = true;
  // Muting an element keeps its sound from the speakers, not from the captured stream.
  element.muted = true;
  try {
    await firstData(element, url);
    await element.play();
    if (!('captureStream' in element)) throw new MediaError('file', 'unplayable');
    const source = new FileSource(element as CapturableVideo, url);
    if (!source.preview && !source.hasSound) throw new MediaError('file', 'unplayable');
    return source;
  } catch (error) {
    releaseElement(element, url);
    throw error instanceof MediaError ? error : new MediaError('file', 'unplayable', { cause: error });
  }
}

function firstData(element: HTMLVideoElement, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the file took too long')), OPEN_DEADLINE_MS);
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
