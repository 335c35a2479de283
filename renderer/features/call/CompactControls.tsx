import ExpandIcon from 'lucide-react/icons/maximize-2';
import type { JSX } from 'react';
import type { CallState } from '../../../common/bridge/bridge.ts';
import { IconButton } from '../shared/Button.tsx';
import { HangUpIcon } from '../shared/filled-icons.tsx';
import { useReadable } from '../shared/readable.ts';
import { MicrophoneButton } from './CallControls.tsx';
import { useCallModel, useCompactWindow } from './call-context.ts';
import { MIN_OPACITY } from './compact-window.ts';
/** The controls that fit into the small call window. */
export function CompactControls({ call }: { call: CallState }): JSX.Element {
  const calls = useCallModel();
  const compactWindow = useCompactWindow();
  const opacity = useReadable(compactWindow.opacity);
  const percent = Math.round(opacity * 100);
  return (
    <div className="controls compact-controls" role="toolbar" aria-label="Call">
      <MicrophoneButton />
      <IconButton
        className="call-end"
        icon={HangUpIcon}
        label="Hang up"
        data-testid="hang-up"
        onClick={() => calls.hangUp(call)}
      />
      <input
        className="controls-volume"
        type="range"
        min={MIN_OPACITY * 100}
        max={100}
        step={5}
        value={percent}
        aria-label="Window opacity"
        aria-valuetext={`${percent} percent`}
        onChange={(event) => compactWindow.setOpacity(Number(event.target.value) / 100)}
      />
      <span className="controls-space" />
      <IconButton
        icon={ExpandIcon}
        label="Restore the window"
        data-testid="call-large"
        onClick={() => compactWindow.leave()}
      />
    </div>
  );
}
