import { useCallback, useEffect, useRef, useState } from 'react';
import type { SizePx } from './player-view.ts';

/** A stream with the picture, as `Player.pictureStream` gives it. */
type PictureSource = () => { stream: MediaStream; close(): void } | null;

/**
 * Picture in picture: the system's small window shows only video elements, so one plays the picture's stream while
 * it is open.
 */
export function usePictureInPicture(picture: PictureSource): {
  supported: boolean;
  active: boolean;
  /** Of the small window; null while it is closed. */
  size: SizePx | null;
  /** Rejects when the system refuses. */
  toggle(): Promise<void>;
} {
  const video = useRef<HTMLVideoElement | null>(null);
  const opened = useRef<{ close(): void } | null>(null);
  const [active, setActive] = useState(false);
  const [size, setSize] = useState<SizePx | null>(null);

  const end = useCallback((): void => {
    const element = video.current;
    video.current = null;
    setActive(false);
    setSize(null);
    opened.current?.close();
    opened.current = null;
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
    const source = picture();
    if (!source) return;
    opened.current = source;
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
        // Its last word can come after its end.
        if (video.current === element) setSize(sizeOf(small));
      };
      small.addEventListener('resize', measure);
      measure();
      setActive(true);
    } catch (error) {
      end();
      throw error;
    }
  }, [picture, end]);

  return { supported: document.pictureInPictureEnabled, active, size, toggle };
}

function sizeOf({ width, height }: PictureInPictureWindow): SizePx {
  return {
    widthPx: Math.round(width * devicePixelRatio),
    heightPx: Math.round(height * devicePixelRatio),
  };
}
