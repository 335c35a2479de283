import { type JSX, useId, useRef } from 'react';
import type { MediaProblem, SourceKind } from '../../media/shared/types.ts';
import { DEFAULT_DEVICE, deviceChoices } from '../capture/device-choices.ts';
import { sourceTexts } from '../capture/source-words.ts';
import { Button } from '../shared/Button.tsx';
import { Select } from '../shared/Field.tsx';
import { Icon, type IconName } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveParts } from './live-context.ts';
import './source-picker.css';

const kinds: readonly { kind: SourceKind; icon: IconName }[] = [
  { kind: 'camera', icon: 'camera' },
  { kind: 'screen', icon: 'screen' },
  { kind: 'file', icon: 'file' },
  { kind: 'test', icon: 'pattern' },
];

/** What to show, and from which devices. Works before and while live. `offered` leaves kinds out. */
export function SourcePicker({ offered }: { offered?: readonly SourceKind[] }): JSX.Element {
  const app = useLiveParts();
  const choice = useReadable(app.live.sources.choice);
  const group = useId();
  const shown = offered ? kinds.filter(({ kind }) => offered.includes(kind)) : kinds;
  return (
    <div className="sources">
      <fieldset className="sources-cards">
        <legend className="field-label">What do you want to show?</legend>
        {shown.map(({ kind, icon }) => (
          <label key={kind} className="source" data-testid={`source-${kind}`}>
            <input
              type="radio"
              name={group}
              checked={choice.kind === kind}
              onChange={() => app.live.sources.selectKind(kind)}
            />
            <span className="source-card">
              <Icon name={icon} size={24} />
              <span className="source-words">
                <span className="source-label">{sourceTexts[kind].label}</span>
                <span className="source-hint">{sourceTexts[kind].hint}</span>
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      {choice.kind === 'screen' ? <ScreenChoice /> : null}
      {choice.kind === 'file' ? <FileChoice /> : null}
      <div className="sources-devices">
        {choice.kind === 'camera' ? <CameraSelect /> : null}
        <SoundSelect />
      </div>
    </div>
  );
}

/** Leads the keyboard to the place inside `root` where another device or file is chosen. */
export function focusPicker(root: HTMLElement | null, device: MediaProblem['device']): void {
  const place = device === 'microphone' ? '[data-testid=sound-select]' : '.file-choice button, select';
  root?.querySelector<HTMLElement>(place)?.focus();
}

function ScreenChoice(): JSX.Element {
  const app = useLiveParts();
  const { source, preview } = useReadable(app.live.publisher.state);
  const shown = source === 'screen' && preview !== null;
  return (
    <Button
      icon="screen"
      data-testid="choose-screen"
      onClick={() => app.attempt(app.live.sources.selectScreen(), 'The screen could not be chosen')}
    >
      {shown ? 'Choose another screen or window…' : 'Choose a screen or window…'}
    </Button>
  );
}

function FileChoice(): JSX.Element {
  const app = useLiveParts();
  const { file } = useReadable(app.live.sources.choice);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="file-choice">
      <Button icon="file" onClick={() => input.current?.click()}>
        {file ? 'Choose another file…' : 'Choose a file…'}
      </Button>
      <input
        ref={input}
        type="file"
        accept="video/*,audio/*,.mkv,.mov,.mp4,.webm"
        className="only-read"
        tabIndex={-1}
        aria-label="Video or sound file"
        data-testid="file-input"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          if (chosen) app.live.sources.selectFile(chosen);
        }}
      />
      {file ? <p className="file-name">{file.name}</p> : null}
    </div>
  );
}

const DEFAULT = DEFAULT_DEVICE;

function CameraSelect(): JSX.Element {
  const app = useLiveParts();
  const cameras = useReadable(app.media.devices.cameras);
  const { cameraId } = useReadable(app.live.sources.choice);
  const known = cameras.some((camera) => camera.id === cameraId);
  return (
    <Select
      label="Camera"
      icon="camera"
      data-testid="camera-select"
      value={known && cameraId !== null ? cameraId : DEFAULT}
      choices={[
        { value: DEFAULT, label: cameras.length === 0 ? 'No camera found' : 'The usual camera' },
        ...deviceChoices(cameras, 'Camera'),
      ]}
      onChange={(value) => app.live.sources.selectCamera(value === DEFAULT ? null : value)}
    />
  );
}

const NO_SOUND = 'none';

function SoundSelect(): JSX.Element {
  const app = useLiveParts();
  const microphones = useReadable(app.media.devices.microphones);
  const { kind, sound, microphoneId } = useReadable(app.live.sources.choice);
  // A file and the test pattern bring their own sound.
  const own = kind === 'file' || kind === 'test';
  const known = microphones.some((microphone) => microphone.id === microphoneId);
  const choices = own
    ? [{ value: DEFAULT, label: kind === 'file' ? 'The file’s own sound' : 'The pattern’s own tone' }]
    : [{ value: DEFAULT, label: 'The usual microphone' }, ...deviceChoices(microphones, 'Microphone')];
  const chosen = !own && known && microphoneId !== null ? microphoneId : DEFAULT;
  return (
    <Select
      label="Sound"
      icon={sound ? 'mic' : 'mic-off'}
      data-testid="sound-select"
      value={sound ? chosen : NO_SOUND}
      choices={[...choices, { value: NO_SOUND, label: 'No sound' }]}
      onChange={(value) =>
        app.live.sources.selectSound(
          value === NO_SOUND ? false : value === DEFAULT ? (own ? microphoneId : null) : value,
        )
      }
    />
  );
}
