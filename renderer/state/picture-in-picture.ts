import { useCallback, useEffect, useRef, useState } from 'react';

/** Frames a second of the small window: as many as a screen usually shows; the canvas gives only new ones. */
const MAX_FPS = 60;

/**
 * Picture in picture for a canvas: the system's small window shows only video elements, so one plays the canvas's
 * own stream while it is open.
 */
export function usePictureInPicture(canvas: () => HTMLCanvasElement | null): {
  supported: boolean;
  active: boolean;
  /** Rejects when the system refuses. */
  toggle(): Promise<void>;
} {
  const video = useRef<HTMLVideoElement | null>(null);
  const [active, setActive] = useState(false);

  const end = useCallback((): void => {
    const element = video.current;
    video.current = null;
    setActive(false);
    if (!element) return;
    if (element.srcObject instanceof MediaStream)
      for (const track of element.srcObject.getTracks()) track.stop();
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
    const source = canvas();
    if (!source) return;
    const element = document.createElement('video');
    element.className = 'only-read';
    element.muted = true;
    element.playsInline = true;
    element.srcObject = source.captureStream(MAX_FPS);
    element.addEventListener('leavepictureinpicture', end);
    document.body.append(element);
    video.current = element;
    try {
      await element.play();
      await element.requestPictureInPicture();
      setActive(true);
    } catch (error) {
      end();
      throw error;
    }
  }, [canvas, end]);

  return { supported: document.pictureInPictureEnabled, active, toggle };
}
