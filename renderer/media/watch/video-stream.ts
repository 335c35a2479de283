/** Chromium's own, not in the DOM's types. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}

/**
 * Decoded frames as a stream, for a video element: picture-in-picture shows nothing else. A canvas cannot give it,
 * because a hidden page draws nothing, and picture-in-picture is what one looks at while the page is hidden.
 */
export class PictureStream {
  readonly stream: MediaStream;
  readonly #track: MediaStreamTrackGenerator;
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;

  static get supported(): boolean {
    return 'MediaStreamTrackGenerator' in globalThis;
  }

  constructor() {
    this.#track = new MediaStreamTrackGenerator({ kind: 'video' });
    this.#writer = this.#track.writable.getWriter();
    this.stream = new MediaStream([this.#track]);
  }

  /** Shows a frame that stays its owner's. One that comes while another is still on its way is left out. */
  show(frame: VideoFrame): void {
    if ((this.#writer.desiredSize ?? 0) <= 0) return;
    const copy = frame.clone();
    this.#writer.write(copy).catch(() => copy.close());
  }

  close(): void {
    this.#track.stop();
    this.#writer.close().catch(() => undefined); // the track's end closes it as well
  }
}
