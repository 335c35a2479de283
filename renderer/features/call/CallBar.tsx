import type { JSX } from 'react';
import { type CallerIdentity, callerIdentity } from '../../../common/words/caller-identity.ts';
import { Button } from '../shared/Button.tsx';
import { useApp, useAppState } from '../shared/context.ts';
import { HangUpIcon, PhoneIcon } from '../shared/filled-icons.tsx';
import { formatElapsed } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { useNow, useReadable } from '../shared/readable.ts';
import { useCallModel } from './call-context.ts';
import { isOngoing } from './call-view.ts';
import '../shared/status-bar.css';

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
    <section className="livebar" aria-label="Call">
      <Icon icon={PhoneIcon} size={18} />
      <strong className="livebar-who">
        {isOngoing(shown) ? `In a call with ${inSentence}` : `Calling ${inSentence}…`}
      </strong>
      <span className="livebar-time">
        {shown.activeAtMs === null || !connected ? '' : formatElapsed(nowMs - shown.activeAtMs)}
      </span>
      {waiting[0] ? (
        <span className="livebar-who" role="status">
          {waitingText(callerIdentity(waiting[0]))}
        </span>
      ) : null}
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
    </section>
  );
}

function waitingText({ name, inSentence, named }: CallerIdentity): string {
  return `${named ? inSentence : name} is waiting`;
}
