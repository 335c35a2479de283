import MicIcon from 'lucide-react/icons/mic';
import MicOffIcon from 'lucide-react/icons/mic-off';
import BroadcastIcon from 'lucide-react/icons/radio';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import CameraIcon from 'lucide-react/icons/video';
import { type JSX, type ReactNode, useEffect, useRef, useState } from 'react';
import { broadcastNameProblem, MAX_NAME_CHARS } from '../../../common/ticket/broadcast-name.ts';
import type { SourceKind } from '../../media/shared/source-types.ts';
import { LevelMeter } from '../capture/LevelMeter.tsx';
import { Button } from '../shared/Button.tsx';
import { TextField } from '../shared/Field.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveParts } from './live-context.ts';
import { Preview } from './Preview.tsx';
import { focusPicker, SourcePicker } from './SourcePicker.tsx';
import { SourceProblem } from './SourceProblem.tsx';
import './go-live.css';

/** The raw content of the name field. */
export interface BroadcastNameField {
  readonly text: string;
  /** The name without surrounding white space. */
  readonly name: string;
  /** Why the name is not allowed, shown to the user; null if it is allowed. */
  readonly problem: string | null;
  change(text: string): void;
}

/** The state of the name field, initially the name of the last broadcast. */
export function useBroadcastName(): BroadcastNameField {
  const { live } = useLiveParts();
  const [text, change] = useState(live.lastName);
  const name = text.trim();
  return { text, name, problem: broadcastNameProblem(name), change };
}

interface GoLiveScreenProps {
  heading: ReactNode;
  name: BroadcastNameField;
  nameHint: string;
  /** The kinds of source to offer. Default: all. */
  kinds?: readonly SourceKind[] | undefined;
  /**
   * Whether to open the camera and microphone for the preview as soon as the screen opens. If false, they
   * open when the user clicks. Default: true.
   */
  previewAtOnce?: boolean;
  startLabel?: string;
  startDisabled?: boolean;
  /** Reason why the broadcast cannot start, shown below the button; null if it can. */
  startError?: string | null;
  /** Rendered between the name field and the button. */
  children?: ReactNode;
}

/**
 * The form for going live: a preview, the source, the devices and the name. Shared by the app and a relay's
 * publish page.
 */
export function GoLiveScreen(props: GoLiveScreenProps): JSX.Element {
  const { name, startLabel = 'Go live', startDisabled = false, startError = null } = props;
  const [previewing, setPreviewing] = useState(props.previewAtOnce ?? true);
  const { live, toasts } = useLiveParts();
  const state = useReadable(live.publisher.state);
  const selection = useReadable(live.sources.selection);
  const starting = useReadable(live.starting);
  const [problemShown, setProblemShown] = useState(false);
  const setup = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (previewing) live.openPreview();
  }, [live, previewing]);

  const { problem } = state;
  // Until the user has solved the problem, going live would fail again for the same reason.
  const unusable =
    state.video === 'failed' &&
    problem?.device === selection.kind &&
    (problem.fault === 'denied' || problem.fault === 'unplayable');
  const audible = state.audio === 'on' || state.audio === 'starting';
  const start = (): void => {
    if (starting || startDisabled || unusable) return;
    if (name.problem) {
      setProblemShown(true);
      setup.current?.querySelector<HTMLElement>('[data-testid=live-name]')?.focus();
    } else if (selection.kind === 'file' && selection.file === null) {
      toasts.show('Choose a file first.');
      focusPicker(setup.current, 'file');
    } else {
      // If the preview is already open, keep the user's current setup, which might have no video.
      if (!previewing) live.openPreview();
      live.start(name.name);
    }
  };

  return (
    <main className="golive">
      {props.heading}
      <div className="golive-columns">
        <div className="golive-stage">
          <Preview>
            {previewing || state.preview || selection.kind !== 'camera' ? null : (
              <div className="preview-start">
                <Button
                  variant="primary"
                  icon={CameraIcon}
                  data-testid="open-preview"
                  onClick={() => setPreviewing(true)}
                >
                  Turn on camera and microphone
                </Button>
              </div>
            )}
          </Preview>
          <div className="golive-level">
            {audible ? (
              <>
                <Icon icon={MicIcon} size={18} />
                <LevelMeter level={live.publisher.level} label="Sound level" />
              </>
            ) : selection.audio ? null : (
              <>
                <Icon icon={MicOffIcon} size={18} />
                <span>Without sound</span>
              </>
            )}
          </div>
          <SourceProblem onChoose={(device) => focusPicker(setup.current, device)} />
        </div>
        <div className="golive-setup card" ref={setup}>
          <SourcePicker
            sources={live.sources}
            screenOpen={state.source === 'screen' && state.preview !== null}
            kinds={props.kinds}
          />
          <TextField
            label="Name"
            hint={props.nameHint}
            error={problemShown ? name.problem : null}
            data-testid="live-name"
            value={name.text}
            maxLength={MAX_NAME_CHARS}
            onChange={(event) => name.change(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') start();
            }}
          />
          {props.children}
          <div className="golive-start">
            <Button
              variant="primary"
              size="large"
              {...(starting ? {} : { icon: BroadcastIcon })}
              aria-busy={starting}
              disabled={startDisabled || unusable}
              data-testid="start-live"
              onClick={start}
            >
              {starting ? <span className="spinner" aria-hidden="true" /> : null}
              {starting ? 'Starting…' : startLabel}
            </Button>
            {starting ? (
              <Button size="large" data-testid="cancel-start" onClick={() => live.cancelStart()}>
                Cancel
              </Button>
            ) : null}
            {startError ? (
              <p className="field-error" role="status">
                <Icon icon={WarningIcon} size={16} /> <span>{startError}</span>
              </p>
            ) : null}
          </div>
        </div>
      </div>
    </main>
  );
}
