import { type JSX, useEffect, useRef } from 'react';
import './own-video.css';

interface OwnVideoProps {
  /** The video track to show; null hides the element. */
  stream: MediaStream | null;
  /** Whether to mirror the video. True for cameras, because users expect to see themselves as in a mirror. */
  mirrored: boolean;
  className: string;
  label: string;
}

/** The user's own video, without audio. */
export function OwnVideo({ stream, mirrored, className, label }: OwnVideoProps): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream;
    return () => {
      element.srcObject = null;
    };
  }, [stream]);
  return (
    <video
      ref={video}
      className={mirrored ? `${className} preview-mirrored` : className}
      hidden={!stream}
      muted
      autoPlay
      playsInline
      disablePictureInPicture
      aria-label={label}
    />
  );
}
