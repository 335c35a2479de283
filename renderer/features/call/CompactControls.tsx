import type { JSX } from 'react';
import type { CallState } from '../../../common/bridge/bridge.ts';
import { IconButton } from '../shared/Button.tsx';
import { useApp } from '../shared/context.ts';
import { useReadable } from '../shared/readable.ts';
import { MicrophoneButton } from './CallControls.tsx';
import { MIN_OPACITY } from './compact.ts';

/** What the small window of a call has room for. */
export function CompactControls({ call }: { call: CallState }): JSX.Element {
  const app = useApp();
  const opacity = useReadable(app.compact.opacity);
  const percent = Math.round(opacity * 100);
  return (
    <div className="controls compact-controls" role="toolbar" aria-label="Call">
      <MicrophoneButton />
      <IconButton
        className="call-end"
        icon="hang-up"
        label="Hang up"
        data-testid="hang-up"
        onClick={() => app.calls.hangUp(call)}
      />
      <input
        className="controls-volume"
        type="range"
        min={MIN_OPACITY * 100}
        max={100}
        step={5}
        value={percent}
        aria-label="How solid the window is"
        aria-valuetext={`${percent} percent`}
        onChange={(event) => app.compact.setOpacity(Number(event.target.value) / 100)}
      />
      <span className="controls-space" />
      <IconButton
        icon="expand"
        label="Back to the large window"
        data-testid="call-large"
        onClick={() => app.compact.leave()}
      />
    </div>
  );
}
