import { type JSX, useRef, useState } from 'react';
import { LevelMeter } from '../capture/LevelMeter.tsx';
import { sourceTexts } from '../capture/source-words.ts';
import { Button } from '../shared/Button.tsx';
import { useAppState } from '../shared/context.ts';
import { Dialog } from '../shared/Dialog.tsx';
import { formatElapsed } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { useNow, useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { TicketCard } from '../ticket/TicketCard.tsx';
import { LiveFacts } from './LiveFacts.tsx';
import { useLiveModel } from './live-context.ts';
import { Preview } from './Preview.tsx';
import { PushCard } from './PushCard.tsx';
import { LinkCard } from './ShareLinkCard.tsx';
import { focusPicker, SourcePicker } from './SourcePicker.tsx';
import { SourceProblem } from './SourceProblem.tsx';
import { useStop } from './StopButton.tsx';
import { Viewers } from './Viewers.tsx';
import './go-live.css';
import './live.css';

/** While live: the own picture, the ticket, who watches, and the way to stop. */
export function Live(): JSX.Element {
  const live = useLiveModel();
  const state = useReadable(live.publisher.state);
  const sinceMs = useReadable(live.sinceMs);
  const nowMs = useNow(1000);
  const { broadcasts, settings } = useAppState();
  const broadcast = broadcasts.find((entry) => entry.name === state.name) ?? null;
  const stop = useStop();
  const [switching, setSwitching] = useState(false);
  const picker = useRef<HTMLDivElement>(null);
  const muted = state.audio === 'muted';
  const silent = state.audio === 'off' || state.audio === 'failed';
  const pictureOff = state.video === 'off';
  return (
    <main className="golive live">
      <div className="live-head">
        <ScreenHeading className="live-name">
          <span className="only-read">You are live: </span>
          {state.name}
        </ScreenHeading>
      </div>
      <div className="golive-columns">
        <div className="golive-stage">
          <Preview>
            <div className="live-marks">
              <span className="live-badge">Live</span>
              <span className="live-mark live-time">
                {sinceMs === null ? '0:00' : formatElapsed(nowMs - sinceMs)}
              </span>
              <span
                className="live-mark"
                data-testid="viewers"
                data-count={broadcast?.viewers ?? 0}
                role="status"
              >
                <Icon name="eye" size={16} />
                <span>{broadcast?.viewers ?? 0} watching</span>
              </span>
            </div>
          </Preview>
          <div className="live-controls">
            <Button
              icon={muted || silent ? 'mic-off' : 'mic'}
              aria-pressed={muted}
              disabled={silent}
              data-testid="mute"
              onClick={() => live.setMuted(!muted)}
            >
              {silent ? 'No sound' : muted ? 'Unmute' : 'Mute'}
            </Button>
            <Button
              icon={pictureOff ? 'camera-off' : 'camera'}
              aria-pressed={pictureOff}
              disabled={state.video === 'none'}
              data-testid="picture-off"
              onClick={() => live.setPictureOff(!pictureOff)}
            >
              {pictureOff ? 'Picture on' : 'Picture off'}
            </Button>
            <Button icon="swap" data-testid="switch-source" onClick={() => setSwitching(true)}>
              Change
            </Button>
            <span className="live-controls-space" />
            <Button variant="danger" icon="stop" data-testid="stop-live" onClick={stop.ask}>
              Stop
            </Button>
          </div>
          {muted || silent ? null : (
            <div className="golive-level">
              <Icon name="mic" size={18} />
              <LevelMeter level={live.publisher.level} label="Your sound" />
            </div>
          )}
          <SourceProblem onChoose={() => setSwitching(true)} />
        </div>
        <div className="live-side">
          <TicketCard ticket={broadcast?.ticket ?? null} />
          <LinkCard broadcast={broadcast} />
          <PushCard broadcast={broadcast} />
          {state.name === null ? null : <Viewers name={state.name} />}
          <LiveFacts
            encoding={state.encoding}
            broadcast={broadcast}
            uploadLimitBps={settings.uploadLimitBps}
            note={state.note}
            source={sourceTexts[state.source].label}
          />
        </div>
      </div>
      {stop.dialog}
      {switching ? (
        <Dialog
          title="Change what you show"
          onClose={() => setSwitching(false)}
          actions={
            <Button variant="primary" onClick={() => setSwitching(false)}>
              Done
            </Button>
          }
        >
          <div ref={picker}>
            <SourcePicker />
          </div>
          <SourceProblem onChoose={(device) => focusPicker(picker.current, device)} />
        </Dialog>
      ) : null}
    </main>
  );
}
