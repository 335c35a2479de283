import FileIcon from 'lucide-react/icons/file-play';
import ScreenIcon from 'lucide-react/icons/monitor';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import CameraOffIcon from 'lucide-react/icons/video-off';
import VolumeIcon from 'lucide-react/icons/volume-2';
import { type JSX, useEffect, useState } from 'react';
import type { SourceKind } from '../../media/shared/source-types.ts';
import { OwnVideo } from '../capture/OwnVideo.tsx';
import { ProblemNotice } from '../capture/ProblemNotice.tsx';
import { Button } from '../shared/Button.tsx';
import { Dialog } from '../shared/Dialog.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveModel } from './live-context.ts';
import { PreviewPlaceholder, type PreviewPlaceholderProps } from './Preview.tsx';
import { SourcePicker } from './SourcePicker.tsx';
import type { ChangePreview } from './source-change.ts';
import './source-change.css';

interface SourceChangeDialogProps {
  kinds: readonly SourceKind[] | undefined;
  onClose(): void;
}

/** A dialog for selecting another source during a broadcast, with a preview that viewers do not see. */
export function SourceChangeDialog({ kinds, onClose }: SourceChangeDialogProps): JSX.Element {
  const live = useLiveModel();
  const [change] = useState(() => live.changeSource());
  useEffect(() => () => change.close(), [change]);
  const { kind } = useReadable(change.selection);
  const preview = useReadable(change.preview);
  const current = useReadable(live.publisher.state);
  const isLive = preview.state === 'live';
  const stream = isLive ? current.preview : preview.stream;
  const ready = isLive || preview.state === 'open';
  return (
    <Dialog
      title="Change the source"
      wide
      onClose={onClose}
      actions={
        <>
          <Button data-testid="cancel-source" onClick={onClose}>
            Cancel
          </Button>
          <Button
            variant="primary"
            disabled={!ready}
            data-testid="use-source"
            onClick={() => {
              change.apply();
              onClose();
            }}
          >
            Use this
          </Button>
        </>
      }
    >
      <div className="source-change">
        <div className="source-change-stage">
          <div className="preview" data-testid="source-preview" data-state={preview.state}>
            <OwnVideo
              stream={stream}
              mirrored={(isLive ? current.source : kind) === 'camera'}
              className="preview-video"
              label={isLive ? 'Your video' : 'Preview of the new source'}
            />
            {stream ? null : <PreviewPlaceholder {...placeholderFor(preview, kind)} />}
          </div>
          <p className="source-change-note" role="status">
            {isLive ? 'Viewers see this now.' : 'Viewers won’t see this until you press “Use this”.'}
          </p>
          {preview.problem ? (
            <ProblemNotice
              problem={preview.problem}
              onDismiss={() => change.reset()}
              actions={
                <Button size="small" onClick={() => change.retry()}>
                  Try again
                </Button>
              }
            />
          ) : null}
        </div>
        <SourcePicker sources={change} screenOpen={kind === 'screen' && stream !== null} kinds={kinds} />
      </div>
    </Dialog>
  );
}

function placeholderFor({ state }: ChangePreview, kind: SourceKind): PreviewPlaceholderProps {
  switch (state) {
    case 'live':
      return { icon: CameraOffIcon, text: 'No video is being sent' };
    case 'missing':
      return kind === 'screen'
        ? { icon: ScreenIcon, text: 'Choose a screen or window' }
        : { icon: FileIcon, text: 'Choose a file' };
    case 'opening':
      return { icon: null, text: 'Opening…' };
    case 'open':
      return { icon: VolumeIcon, text: 'Audio only: this file has no video' };
    case 'failed':
      return { icon: WarningIcon, text: 'No video' };
  }
}
