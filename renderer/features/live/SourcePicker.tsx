import PatternIcon from 'lucide-react/icons/columns-3';
import FileIcon from 'lucide-react/icons/file-play';
import MicIcon from 'lucide-react/icons/mic';
import MicOffIcon from 'lucide-react/icons/mic-off';
import ScreenIcon from 'lucide-react/icons/monitor';
import CameraIcon from 'lucide-react/icons/video';
import { type JSX, useId, useRef } from 'react';
import type { MediaProblem, SourceKind } from '../../media/shared/source-types.ts';
import { DEFAULT_DEVICE, deviceChoices } from '../capture/device-choices.ts';
import { sourceTexts } from '../capture/source-words.ts';
import { Button } from '../shared/Button.tsx';
import { Select } from '../shared/Field.tsx';
import { Icon, type IconShape } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveParts } from './live-context.ts';
import type { SourceChoices } from './source-selection.ts';
import './source-picker.css';

const allKinds: readonly { kind: SourceKind; icon: IconShape }[] = [
  { kind: 'camera', icon: CameraIcon },
  { kind: 'screen', icon: ScreenIcon },
  { kind: 'file', icon: FileIcon },
  { kind: 'test', icon: PatternIcon },
];

interface SourcePickerProps {
  sources: SourceChoices;
  /** Whether a screen or window is being captured. If so, the user can choose a different one. */
  screenOpen: boolean;
  /** The kinds of source to offer. Default: all. */
  kinds?: readonly SourceKind[] | undefined;
}

/** Selects the source and devices before and during a broadcast. */
export function SourcePicker({ sources, screenOpen, kinds }: SourcePickerProps): JSX.Element {
  const selection = useReadable(sources.selection);
  const group = useId();
  const offered = kinds ? allKinds.filter(({ kind }) => kinds.includes(kind)) : allKinds;
  return (
    <div className="sources">
      <fieldset className="sources-cards">
        <legend className="field-label">What do you want to show?</legend>
        {offered.map(({ kind, icon }) => (
          <label key={kind} className="source" data-testid={`source-${kind}`}>
            <input
              type="radio"
              name={group}
              checked={selection.kind === kind}
              onChange={() => sources.selectKind(kind)}
            />
            <span className="source-card">
              <Icon icon={icon} size={24} />
              <span className="source-words">
                <span className="source-label">{sourceTexts[kind].label}</span>
                <span className="source-hint">{sourceTexts[kind].hint}</span>
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      {selection.kind === 'screen' ? <ScreenButton sources={sources} open={screenOpen} /> : null}
      {selection.kind === 'file' ? <FileField sources={sources} /> : null}
      <div className="sources-devices">
        {selection.kind === 'camera' ? <CameraSelect sources={sources} /> : null}
        <AudioSelect sources={sources} />
      </div>
    </div>
  );
}

/** Moves the focus to the field inside `root` in which the user can select another device or file. */
export function focusPicker(root: HTMLElement | null, device: MediaProblem['device']): void {
  const field = device === 'microphone' ? '[data-testid=sound-select]' : '.file-choice button, select';
  root?.querySelector<HTMLElement>(field)?.focus();
}

interface FieldProps {
  sources: SourceChoices;
}

function ScreenButton({ sources, open }: FieldProps & { open: boolean }): JSX.Element {
  const { attempt } = useLiveParts();
  return (
    <Button
      icon={ScreenIcon}
      data-testid="choose-screen"
      onClick={() => attempt(sources.selectScreen(), 'Could not select the screen')}
    >
      {open ? 'Choose another screen or window…' : 'Choose a screen or window…'}
    </Button>
  );
}

function FileField({ sources }: FieldProps): JSX.Element {
  const { file } = useReadable(sources.selection);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="file-choice">
      <Button icon={FileIcon} onClick={() => input.current?.click()}>
        {file ? 'Choose another file…' : 'Choose a file…'}
      </Button>
      <input
        ref={input}
        type="file"
        accept="video/*,audio/*,.mkv,.mov,.mp4,.webm"
        className="only-read"
        tabIndex={-1}
        aria-label="Video or audio file"
        data-testid="file-input"
        onChange={(event) => {
          const selected = event.target.files?.[0];
          if (selected) sources.selectFile(selected);
        }}
      />
      {file ? <p className="file-name">{file.name}</p> : null}
    </div>
  );
}

function CameraSelect({ sources }: FieldProps): JSX.Element {
  const { live, media } = useLiveParts();
  const { problem } = useReadable(live.publisher.state);
  const denied = problem?.device === 'camera' && problem.fault === 'denied';
  const cameras = useReadable(media.devices.cameras);
  const { cameraId } = useReadable(sources.selection);
  const known = cameras.some((camera) => camera.id === cameraId);
  return (
    <Select
      label="Camera"
      icon={CameraIcon}
      data-testid="camera-select"
      value={known && cameraId !== null ? cameraId : DEFAULT_DEVICE}
      choices={[
        {
          value: DEFAULT_DEVICE,
          label: cameras.length === 0 && !denied ? 'No camera found' : 'System default',
        },
        ...deviceChoices(cameras, 'Camera'),
      ]}
      onChange={(value) => sources.selectCamera(value === DEFAULT_DEVICE ? null : value)}
    />
  );
}

const NO_AUDIO = 'none';

function AudioSelect({ sources }: FieldProps): JSX.Element {
  const { live, media } = useLiveParts();
  const current = useReadable(live.publisher.state);
  const microphones = useReadable(media.devices.microphones);
  const { kind, audio, microphoneId } = useReadable(sources.selection);
  // The test pattern and most files have their own audio, which replaces the microphone's.
  const own = kind === 'test' || (kind === 'file' && !(current.source === 'file' && current.silentFile));
  const known = microphones.some((microphone) => microphone.id === microphoneId);
  const choices = own
    ? [{ value: DEFAULT_DEVICE, label: kind === 'file' ? 'Sound from the file' : 'Test tone' }]
    : [{ value: DEFAULT_DEVICE, label: 'System default' }, ...deviceChoices(microphones, 'Microphone')];
  const selected = !own && known && microphoneId !== null ? microphoneId : DEFAULT_DEVICE;
  const select = (value: string): void => {
    // If the user selects the source's own audio, keep the selected microphone for other sources.
    const microphone = value !== DEFAULT_DEVICE ? value : own ? microphoneId : null;
    sources.selectAudio(value === NO_AUDIO ? false : microphone);
  };
  return (
    <Select
      label="Sound"
      icon={audio ? MicIcon : MicOffIcon}
      data-testid="sound-select"
      value={audio ? selected : NO_AUDIO}
      choices={[...choices, { value: NO_AUDIO, label: 'No sound' }]}
      onChange={select}
    />
  );
}
