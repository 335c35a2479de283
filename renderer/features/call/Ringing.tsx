import BlockIcon from 'lucide-react/icons/ban';
import MicIcon from 'lucide-react/icons/mic';
import CameraIcon from 'lucide-react/icons/video';
import { type JSX, useEffect, useRef } from 'react';
import type { CallState } from '../../../common/bridge/bridge.ts';
import { type CallerIdentity, callerIdentity } from '../../../common/words/caller-identity.ts';
import { ringingText } from '../../../common/words/ringing-text.ts';
import { Button } from '../shared/Button.tsx';
import { useApp } from '../shared/context.ts';
import { HangUpIcon, PhoneIcon } from '../shared/filled-icons.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useArmed } from '../shared/use-armed.ts';
import { useModal } from '../shared/use-modal.ts';
import { BroadcastNote } from './BroadcastNote.tsx';
import { CallerStanding, identityKey } from './CallerStanding.tsx';
import { useCallModel } from './call-context.ts';
import { notifyOfCall } from './ring-alerts.ts';
import '../shared/dialog.css';
import '../shared/question.css';
import './ringing.css';

/**
 * The incoming-call dialog, shown on top of any screen. Calls that arrive during another call are queued or
 * rejected as busy, so they never reach this component.
 */
export function Ringing(): JSX.Element | null {
  const app = useApp();
  const calls = useCallModel();
  const { incoming } = useReadable(calls.scene);
  const connected = useReadable(app.connected);
  return incoming && connected ? <RingingDialog key={incoming.id} call={incoming} /> : null;
}

const PRIVACY_NOTE = 'Your video, audio and name are sent only if you accept.';

function noteText({ id, named, resembles }: CallerIdentity): string {
  return id !== null && named && resembles === null
    ? `Anyone can use this name, but only this caller has this ID. ${PRIVACY_NOTE}`
    : PRIVACY_NOTE;
}

function RingingDialog({ call }: { call: CallState }): JSX.Element {
  // The heading gets the focus instead of a button, so a user who is typing does not accept the call by
  // accident.
  const ref = useModal('h2');
  const who = callerIdentity(call);
  const text = useRef(ringingText(who));
  text.current = ringingText(who);
  const { named } = who;
  // The name arrives shortly after the call, so a second notification shows it. If the name changes again, no further
  // notification appears.
  useEffect(() => {
    const focus = () => ref.current?.querySelector('h2')?.focus();
    return notifyOfCall(text.current, focus);
  }, [named, ref]);
  return (
    <dialog
      ref={ref}
      className="dialog ringing-dialog"
      aria-labelledby="ringing-title"
      aria-describedby={who.id === null ? 'ringing-note' : 'ringing-standing ringing-note'}
      data-testid="ringing"
      data-direction="in"
      // Escape must neither accept nor decline; the user has to press a button.
      onCancel={(event) => event.preventDefault()}
    >
      <RingingBody call={call} />
    </dialog>
  );
}

function RingingBody({ call }: { call: CallState }): JSX.Element {
  const calls = useCallModel();
  const who = callerIdentity(call);
  const armed = useArmed(identityKey(who));
  return (
    <div className="question ringing">
      <span className="question-face ringing-face" aria-hidden="true">
        <Icon icon={PhoneIcon} size={34} />
      </span>
      <div className="question-words">
        <h2 id="ringing-title" tabIndex={-1}>
          {who.id && who.named ? '“' : ''}
          <bdi>{who.name}</bdi>
          {who.id && who.named ? '”' : ''} is calling
        </h2>
        <CallerStanding who={who} id="ringing-standing" />
        <p id="ringing-note" className="ringing-note">
          {noteText(who)}
        </p>
      </div>
      <BroadcastNote sayLive />
      <div className="ringing-actions">
        <Button
          variant="primary"
          size="large"
          icon={CameraIcon}
          disabled={!armed}
          data-testid="accept-video"
          onClick={() => calls.accept(call, 'video')}
        >
          Accept with video
        </Button>
        <Button
          size="large"
          icon={MicIcon}
          disabled={!armed}
          data-testid="accept-sound"
          onClick={() => calls.accept(call, 'audio')}
        >
          Accept with audio only
        </Button>
        <Button
          variant="danger"
          size="large"
          icon={HangUpIcon}
          data-testid="decline"
          onClick={() => calls.decline(call)}
        >
          Decline
        </Button>
        {call.contactName ? null : (
          <Button
            variant="ghost"
            size="small"
            icon={BlockIcon}
            data-testid="block"
            onClick={() => calls.block(call)}
          >
            Decline and block
          </Button>
        )}
      </div>
    </div>
  );
}
