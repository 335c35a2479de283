import { type JSX, useEffect, useRef } from 'react';
import './own-video.css';

interface OwnVideoProps {
  /** Null: nothing is shown. */
  stream: MediaStream | null;
  /** A mirror is what people expect of their own face, and of nothing else. */
  mirrored: boolean;
  className: string;
  label: string;
}

/** What is captured here, without its sound. */
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
