import { type JSX, useRef, useState } from 'react';
import { isBelow } from '../../common/relay/relay-path.ts';
import { LevelMeter } from '../features/capture/LevelMeter.tsx';
import { sourceTexts } from '../features/capture/source-words.ts';
import { RestrictedNotice } from '../features/live/RestrictedNotice.tsx';
import { LiveFacts } from '../features/live/LiveFacts.tsx';
import { Preview } from '../features/live/Preview.tsx';
import { focusPicker, SourcePicker } from '../features/live/SourcePicker.tsx';
import { SourceProblem } from '../features/live/SourceProblem.tsx';
import { Button } from '../features/shared/Button.tsx';
import { Dialog } from '../features/shared/Dialog.tsx';
import { formatElapsed } from '../features/shared/format.ts';
import { Icon } from '../features/shared/Icon.tsx';
import { useNow, useReadable } from '../features/shared/readable.ts';
import { ShareCard } from '../features/ticket/ShareCard.tsx';
import { watchLink } from '../features/ticket/watch-link.ts';
import type { SourceKind } from '../media/shared/types.ts';
import { RouteBadges } from './RouteBadges.tsx';
import type { PublishModel } from './publish-model.ts';
import type { RelayConnectionState } from './relay-connection.ts';

import '../features/live/go-live.css';
import '../features/live/live.css';

/** Live from a page: the own picture, the link and the ticket, and the way to stop. */
export function PublishLive({
  model,
  offered,
}: {
  model: PublishModel;
  offered: readonly SourceKind[];
}): JSX.Element {
  const state = useReadable(model.live.publisher.state);
  const sinceMs = useReadable(model.live.sinceMs);
  const link = useReadable(model.connection.link);
  const info = useReadable(model.relay.info);
  const nowMs = useNow(1000);
  const [switching, setSwitching] = useState(false);
  const picker = useRef<HTMLDivElement>(null);
  const place = useReadable(model.path);
  // Started again, the relay may allow less than before.
  const allowed = info === null || isBelow(info.publish, place);
  const closed = info !== null && !isBelow(info.publicRead, place);
  const muted = state.audio === 'muted';
  const silent = state.audio === 'off' || state.audio === 'failed';
  const pictureOff = state.video === 'off';
  const complain = (message: string): void => void model.toasts.show(message, { tone: 'bad' });
  return (
    <main className="golive live">
      <h1 className="live-name">
        <span className="only-read">You are live: </span>
        {place}
      </h1>
      <div className="golive-columns">
        <div className="golive-stage">
          <Preview>
            <div className="live-marks">
              <span className="live-badge">Live</span>
              <span className="live-mark live-time">
                {sinceMs === null ? '0:00' : formatElapsed(nowMs - sinceMs)}
              </span>
            </div>
          </Preview>
          <div className="publish-way">
            <RouteBadges link={link} report={null} />
            {link.connected && allowed ? null : (
              <p className="field-error" role="status">
                <Icon name="warning" size={16} />
                <span>{trouble(link)}</span>
              </p>
            )}
          </div>
          <div className="live-controls">
            <Button
              icon={muted || silent ? 'mic-off' : 'mic'}
              aria-pressed={muted}
              disabled={silent}
              data-testid="mute"
              onClick={() => model.live.setMuted(!muted)}
            >
              {silent ? 'No sound' : muted ? 'Unmute' : 'Mute'}
            </Button>
            <Button
              icon={pictureOff ? 'camera-off' : 'camera'}
              aria-pressed={pictureOff}
              disabled={state.video === 'none'}
              data-testid="picture-off"
              onClick={() => model.live.setVideoOff(!pictureOff)}
            >
              {pictureOff ? 'Picture on' : 'Picture off'}
            </Button>
            <Button icon="swap" data-testid="switch-source" onClick={() => setSwitching(true)}>
              Change
            </Button>
            <span className="live-controls-space" />
            <Button variant="danger" icon="stop" data-testid="stop-live" onClick={() => model.live.stop()}>
              Stop
            </Button>
          </div>
          {muted || silent ? null : (
            <div className="golive-level">
              <Icon name="mic" size={18} />
              <LevelMeter level={model.live.publisher.level} label="Your sound" />
            </div>
          )}
          <SourceProblem onChoose={() => setSwitching(true)} />
        </div>
        <div className="live-side">
          {closed ? <RestrictedNotice place={place} /> : null}
          <ShareCard
            text={watchLink(model.relay.base, place)}
            title="Invite anybody"
            noun="link"
            lead={closed ? 'With a token for reading it opens in any browser.' : 'It opens in any browser.'}
            hint={
              closed
                ? 'It works for those who have a token for reading. This relay can see what passes through it.'
                : 'Whoever has this link can watch, and this relay can see what passes through it.'
            }
            scan="Scan to watch"
            testId="publish-link"
            copyId="copy-publish-link"
            qrId="publish-link-qr"
            onProblem={complain}
          />
          {/* Apps come over iroh, which carries no token. */}
          {closed ? null : (
            <ShareCard
              text={info && `${info.ticketBase}${place}`}
              title="Invite friends with the app"
              noun="ticket"
              lead="They paste it under “Watch”."
              hint="It leads to this relay. Your own network address is not in it."
              scan="Scan to watch"
              variant="plain"
              testId="publish-ticket"
              copyId="copy-publish-ticket"
              qrId="publish-ticket-qr"
              onProblem={complain}
            />
          )}
          <LiveFacts
            encoding={state.encoding}
            broadcast={{
              uploadBps: state.encoding.reduce((sum, { bps }) => sum + bps, 0),
              // Nothing is encoded while nobody reads it; how many do the relay does not say.
              viewers: state.encoding.length > 0 ? 1 : 0,
              renditions: null,
            }}
            uploadLimitBps={null}
            note={state.note}
            source={sourceTexts[state.source].label}
          />
        </div>
      </div>
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
            <SourcePicker offered={offered} />
          </div>
          <SourceProblem onChoose={(device) => focusPicker(picker.current, device)} />
        </Dialog>
      ) : null}
    </main>
  );
}

function trouble({ connected, problem }: RelayConnectionState): string {
  if (connected)
    return 'The relay no longer takes your broadcast. Ask whoever runs it for a token that may publish.';
  return problem ?? 'The connection to the relay was lost. It is being restored.';
}
