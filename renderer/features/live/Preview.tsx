import FileIcon from 'lucide-react/icons/file-play';
import ScreenIcon from 'lucide-react/icons/monitor';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import CameraIcon from 'lucide-react/icons/video';
import CameraOffIcon from 'lucide-react/icons/video-off';
import VolumeIcon from 'lucide-react/icons/volume-2';
import type { JSX, ReactNode } from 'react';
import type { PublisherState } from '../../media/shared/publisher-types.ts';
import type { SourceKind } from '../../media/shared/source-types.ts';
import { OwnVideo } from '../capture/OwnVideo.tsx';
import { Icon, type IconShape } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveModel } from './live-context.ts';
import './preview.css';

/** Shows the captured video, or a message that says why there is none. `children` are rendered on top. */
export function Preview({ children }: { children?: ReactNode }): JSX.Element {
  const live = useLiveModel();
  const state = useReadable(live.publisher.state);
  const { kind } = useReadable(live.sources.selection);
  const { preview } = state;
  const soundOnly = useReadable(live.soundOnly);
  const placeholder = preview ? null : placeholderFor(state, kind, soundOnly);
  return (
    <div className="preview">
      <OwnVideo
        stream={preview}
        mirrored={state.source === 'camera'}
        className="preview-video"
        label="Your video"
      />
      {placeholder ? <PreviewPlaceholder {...placeholder} /> : null}
      {children}
    </div>
  );
}

/** An icon and a message, shown in place of the video. */
export interface PreviewPlaceholderProps {
  /** The icon; null shows a spinner. */
  icon: IconShape | null;
  text: string;
}

/** Shown in place of the video. */
export function PreviewPlaceholder({ icon, text }: PreviewPlaceholderProps): JSX.Element {
  return (
    <div className="preview-empty">
      {icon ? <Icon icon={icon} size={40} /> : <span className="spinner spinner-large" aria-hidden="true" />}
      <p>{text}</p>
    </div>
  );
}

function placeholderFor(
  state: PublisherState,
  selected: SourceKind,
  soundOnly: boolean,
): PreviewPlaceholderProps {
  if (state.problem && state.problem.device !== 'microphone') return { icon: WarningIcon, text: 'No video' };
  if (state.video === 'none') return { icon: VolumeIcon, text: 'Audio only: this file has no video' };
  if (state.video === 'starting') return { icon: null, text: 'Opening…' };
  if (state.phase === 'live' && state.video === 'off')
    return { icon: CameraOffIcon, text: 'Your video is off' };
  if (soundOnly) return { icon: VolumeIcon, text: 'Audio only' };
  if (selected === 'screen') return { icon: ScreenIcon, text: 'Choose a screen or window' };
  if (selected === 'file') return { icon: FileIcon, text: 'Choose a file, or drop one here' };
  return { icon: CameraIcon, text: 'No video yet' };
}
