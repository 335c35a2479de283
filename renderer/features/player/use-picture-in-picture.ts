import { useCallback, useEffect, useRef, useState } from 'react';
import type { SizePx } from './player-view.ts';

/** Opens the player's video as a stream, like `Player.videoStream`. */
type VideoSource = () => { stream: MediaStream; close(): void } | null;

/**
 * Picture in picture. The system's small window supports only video elements, so a hidden video element plays
 * the player's stream while the window is open.
 */
export function usePictureInPicture(openVideo: VideoSource): {
  supported: boolean;
  active: boolean;
  /** The small window's size; null while it is closed. */
  size: SizePx | null;
  /** Opens or closes the small window. Rejects if the browser refuses. */
  toggle(): Promise<void>;
} {
  const video = useRef<HTMLVideoElement | null>(null);
  const stream = useRef<{ close(): void } | null>(null);
  const [active, setActive] = useState(false);
  const [size, setSize] = useState<SizePx | null>(null);

  const end = useCallback((): void => {
    const element = video.current;
    video.current = null;
    setActive(false);
    setSize(null);
    stream.current?.close();
    stream.current = null;
    if (!element) return;
    element.srcObject = null;
    element.remove();
  }, []);

  useEffect(
    () => () => {
      const open =
        document.pictureInPictureElement !== null && document.pictureInPictureElement === video.current;
      end();
      if (open) void document.exitPictureInPicture().catch(() => undefined);
    },
    [end],
  );

  const toggle = useCallback(async (): Promise<void> => {
    if (video.current) {
      if (document.pictureInPictureElement === video.current) await document.exitPictureInPicture();
      end();
      return;
    }
    const source = openVideo();
    if (!source) return;
    stream.current = source;
    const element = document.createElement('video');
    element.className = 'only-read';
    element.muted = true;
    element.playsInline = true;
    element.srcObject = source.stream;
    element.addEventListener('leavepictureinpicture', end);
    document.body.append(element);
    video.current = element;
    try {
      await element.play();
      const small = await element.requestPictureInPicture();
      const measure = (): void => {
        // A resize event might still arrive after the window has closed.
        if (video.current === element) setSize(sizeOf(small));
      };
      small.addEventListener('resize', measure);
      measure();
      setActive(true);
    } catch (error) {
      end();
      throw error;
    }
  }, [openVideo, end]);

  return { supported: document.pictureInPictureEnabled, active, size, toggle };
}

function sizeOf({ width, height }: PictureInPictureWindow): SizePx {
  return {
    widthPx: Math.round(width * devicePixelRatio),
    heightPx: Math.round(height * devicePixelRatio),
  };
}
