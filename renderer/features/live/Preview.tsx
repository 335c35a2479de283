import type { JSX, ReactNode } from 'react';
import type { PublisherState } from '../../media/shared/types.ts';
import { OwnVideo } from '../capture/OwnVideo.tsx';
import { Icon, type IconName } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveParts } from './live-context.ts';
import './preview.css';

/** What viewers see, or why there is nothing to see. `children` lie over the picture. */
export function Preview({ children }: { children?: ReactNode }): JSX.Element {
  const app = useLiveParts();
  const state = useReadable(app.live.publisher.state);
  const choice = useReadable(app.live.sources.choice);
  const { preview } = state;
  const empty = preview ? null : emptyWords(state, choice.kind);
  return (
    <div className="preview">
      <OwnVideo
        stream={preview}
        mirrored={state.source === 'camera'}
        className="preview-video"
        label="Your picture"
      />
      {empty ? (
        <div className="preview-empty">
          {empty.icon ? (
            <Icon name={empty.icon} size={40} />
          ) : (
            <span className="spinner spinner-large" aria-hidden="true" />
          )}
          <p>{empty.text}</p>
        </div>
      ) : null}
      {children}
    </div>
  );
}

function emptyWords(state: PublisherState, chosen: string): { icon: IconName | null; text: string } {
  if (state.problem && state.problem.device !== 'microphone') return { icon: 'warning', text: 'No picture' };
  if (state.video === 'none') return { icon: 'volume', text: 'Sound only: this file has no picture' };
  if (state.video === 'starting') return { icon: null, text: 'Opening…' };
  if (state.phase === 'live' && state.video === 'off')
    return { icon: 'camera-off', text: 'Your picture is off' };
  if (chosen === 'screen') return { icon: 'screen', text: 'Choose what to show' };
  if (chosen === 'file') return { icon: 'file', text: 'Choose a file, or drop one here' };
  return { icon: 'camera', text: 'Nothing to show yet' };
}
