import { type JSX, useEffect, useRef, useState } from 'react';
import { MAX_NAME_CHARS } from '../../../common/bridge/bridge.ts';
import { broadcastNameProblem } from '../../../common/ticket/broadcast-name.ts';
import { LevelMeter } from '../capture/LevelMeter.tsx';
import { Button } from '../shared/Button.tsx';
import { useApp, useSettings } from '../shared/context.ts';
import { TextField } from '../shared/Field.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { useLiveModel } from './live-context.ts';
import { Preview } from './Preview.tsx';
import { focusPicker, SourcePicker } from './SourcePicker.tsx';
import { SourceProblem } from './SourceProblem.tsx';
import './go-live.css';

/** Before going live: what to show, from which devices, under which name. */
export function GoLive(): JSX.Element {
  const app = useApp();
  const live = useLiveModel();
  const state = useReadable(live.publisher.state);
  const choice = useReadable(live.sources.choice);
  const { broadcastName } = useSettings();
  const [name, setName] = useState(broadcastName);
  const [nameWanted, setNameWanted] = useState(false);
  const setup = useRef<HTMLDivElement>(null);
  useEffect(() => live.open(), [live]);

  const trimmed = name.trim();
  const nameProblem = broadcastNameProblem(trimmed);
  const starting = useReadable(live.starting);
  const fileMissing = choice.kind === 'file' && choice.file === null;
  const sounding = state.audio === 'on' || state.audio === 'starting';

  const start = (): void => {
    if (starting) return;
    if (nameProblem) {
      setNameWanted(true);
      setup.current?.querySelector<HTMLElement>('[data-testid=live-name]')?.focus();
    } else if (fileMissing) {
      app.toasts.show('Choose a file first.');
      focusPicker(setup.current, 'file');
    } else {
      live.start(trimmed);
    }
  };

  return (
    <main className="golive">
      <ScreenHeading>Go live</ScreenHeading>
      <div className="golive-columns">
        <div className="golive-stage">
          <Preview />
          <div className="golive-level">
            {sounding ? (
              <>
                <Icon name="mic" size={18} />
                <LevelMeter level={live.publisher.level} label="Your sound" />
              </>
            ) : choice.sound ? null : (
              <>
                <Icon name="mic-off" size={18} />
                <span>Without sound</span>
              </>
            )}
          </div>
          <SourceProblem onChoose={(device) => focusPicker(setup.current, device)} />
        </div>
        <div className="golive-setup card" ref={setup}>
          <SourcePicker />
          <TextField
            label="Name"
            hint="Your friends see it."
            error={nameWanted ? nameProblem : null}
            data-testid="live-name"
            value={name}
            maxLength={MAX_NAME_CHARS}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') start();
            }}
          />
          <div className="golive-start">
            <Button
              variant="primary"
              size="large"
              {...(starting ? {} : { icon: 'broadcast' })}
              aria-busy={starting}
              data-testid="start-live"
              onClick={start}
            >
              {starting ? <span className="spinner" aria-hidden="true" /> : null}
              {starting ? 'Starting…' : 'Go live'}
            </Button>
            {starting ? (
              <Button size="large" data-testid="cancel-start" onClick={() => live.cancelStart()}>
                Cancel
              </Button>
            ) : null}
          </div>
        </div>
      </div>
    </main>
  );
}
