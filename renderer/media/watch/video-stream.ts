/**
 * Writes frames to a media track. Chromium supports this class, but TypeScript's DOM types do not include it.
 */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}

/**
 * Provides decoded frames as a `MediaStream`, which picture-in-picture needs. A stream captured from the
 * canvas would stop while the page is hidden.
 */
export class VideoStream {
  readonly stream: MediaStream;
  readonly #track: MediaStreamTrackGenerator;
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;

  /** Whether this browser supports video streams. If not, the constructor throws. */
  static get supported(): boolean {
    return 'MediaStreamTrackGenerator' in globalThis;
  }

  constructor() {
    this.#track = new MediaStreamTrackGenerator({ kind: 'video' });
    this.#writer = this.#track.writable.getWriter();
    this.stream = new MediaStream([this.#track]);
  }

  /** Shows a frame, unless the previous frame is still being written. The caller still owns the frame. */
  show(frame: VideoFrame): void {
    if ((this.#writer.desiredSize ?? 0) <= 0) return;
    const copy = frame.clone();
    this.#writer.write(copy).catch(() => copy.close());
  }

  close(): void {
    this.#track.stop();
    // close() rejects if the end of the track has already closed the writer.
    this.#writer.close().catch(() => undefined);
  }
}
