import type { JSX } from 'react';
import type { CallState } from '../../../common/bridge/bridge.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import { Button } from '../shared/Button.tsx';
import { useApp, useAppState } from '../shared/context.ts';
import { HangUpIcon, PhoneIcon } from '../shared/filled-icons.tsx';
import { formatElapsed } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { useNow, useReadable } from '../shared/readable.ts';
import { CallerStanding } from './CallerStanding.tsx';
import { useCallModel } from './call-context.ts';
import { isOngoing } from './call-view.ts';
import '../shared/status-bar.css';
import './call-bar.css';

/** A bar that every other screen shows during a call, with buttons that return to the call and hang up. */
export function CallBar(): JSX.Element | null {
  const app = useApp();
  const calls = useCallModel();
  const { shown } = useReadable(calls.scene);
  const { waitingCalls: waiting } = useAppState();
  const screen = useReadable(app.screen);
  const released = useReadable(calls.released);
  const connected = useReadable(app.connected);
  const visible = shown !== null && shown.state !== 'ended' && screen.name !== 'call' && !released;
  const nowMs = useNow(1000, visible);
  if (!visible) return null;
  const { inSentence } = callerIdentity(shown);
  return (
    <section className="livebar callbar" aria-label="Call">
      <Icon icon={PhoneIcon} size={18} />
      <strong className="livebar-who">
        {isOngoing(shown) ? `In a call with ${inSentence}` : `Calling ${inSentence}…`}
      </strong>
      <span className="livebar-time">
        {shown.activeAtMs === null || !connected ? '' : formatElapsed(nowMs - shown.activeAtMs)}
      </span>
      <span className="livebar-space" />
      <Button size="small" variant="ghost" data-testid="call-show" onClick={() => app.go({ name: 'call' })}>
        Return
      </Button>
      <Button
        size="small"
        variant="danger"
        icon={HangUpIcon}
        data-testid="hang-up"
        onClick={() => calls.hangUp(shown)}
      >
        Hang up
      </Button>
      {waiting[0] ? <WaitingCaller call={waiting[0]} /> : null}
    </section>
  );
}

function WaitingCaller({ call }: { call: CallState }): JSX.Element {
  const who = callerIdentity(call);
  return (
    <div className="callbar-waiting">
      <span className="livebar-who" role="status">
        <bdi>{who.name}</bdi> is waiting
      </span>
      <CallerStanding who={who} id="bar-waiting-standing" />
    </div>
  );
}
