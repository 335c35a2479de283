import CameraOffIcon from 'lucide-react/icons/video-off';
import { type CSSProperties, type JSX, type PointerEvent, useRef, useState } from 'react';
import { OwnVideo } from '../capture/OwnVideo.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useCallModel } from './call-context.ts';
import { moveWithin, type Position } from './self-view.ts';

/** How far one arrow key press moves the video, as a fraction of the free space. */
const STEP = 0.1;
const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/**
 * A small view of the user's own video during a call. The user can move it by dragging or with the arrow
 * keys.
 */
export function SelfView(): JSX.Element {
  const calls = useCallModel();
  const { preview, source, video } = useReadable(calls.sender.publisher.state);
  const [position, setPosition] = useState<Position>({ x: 1, y: 1 });
  const area = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLElement>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);

  const move = (event: PointerEvent): void => {
    const from = drag.current;
    if (!from || !area.current || !box.current) return;
    const freeX = area.current.clientWidth - box.current.offsetWidth;
    const freeY = area.current.clientHeight - box.current.offsetHeight;
    drag.current = { x: event.clientX, y: event.clientY };
    setPosition((now) =>
      moveWithin(
        now,
        freeX > 0 ? (event.clientX - from.x) / freeX : 0,
        freeY > 0 ? (event.clientY - from.y) / freeY : 0,
      ),
    );
  };
  const place = { '--own-x': position.x, '--own-y': position.y } as CSSProperties;
  return (
    <div ref={area} className="own-area">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls, of which there are none. */}
      <section
        ref={box}
        className="own"
        style={place}
        data-testid="call-own"
        role="group"
        aria-label="Your video. Move it with the arrow keys."
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the video.
        tabIndex={0}
        onKeyDown={(event) => {
          const step = moves[event.key];
          if (!step) return;
          event.preventDefault();
          setPosition((now) => moveWithin(now, step[0], step[1]));
        }}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={() => {
          drag.current = null;
        }}
        onPointerCancel={() => {
          drag.current = null;
        }}
      >
        <OwnVideo stream={preview} mirrored={source === 'camera'} className="own-video" label="Your video" />
        {preview ? null : (
          <span className="own-empty">
            {video === 'starting' ? (
              <span className="spinner" aria-hidden="true" />
            ) : (
              <Icon icon={CameraOffIcon} size={22} />
            )}
            <span className="only-read">{video === 'starting' ? 'Opening…' : 'Your camera is off'}</span>
          </span>
        )}
      </section>
    </div>
  );
}
