import ExpandIcon from 'lucide-react/icons/maximize-2';
import PencilIcon from 'lucide-react/icons/pencil';
import CameraOffIcon from 'lucide-react/icons/video-off';
import { type JSX, useEffect, useRef, useState } from 'react';
import type { CallState } from '../../../common/bridge/bridge.ts';
import { type CallerIdentity, callerIdentity } from '../../../common/words/caller-identity.ts';
import { StageOverlay } from '../player/StageOverlay.tsx';
import { Button } from '../shared/Button.tsx';
import { useAppState } from '../shared/context.ts';
import { HangUpIcon, PhoneIcon } from '../shared/filled-icons.tsx';
import { formatElapsed } from '../shared/format.ts';
import type { IconShape } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { ContactDialog } from './ContactDialog.tsx';
import { useCallModel } from './call-context.ts';
import { type CallView, isOngoing } from './call-view.ts';

const icons: Record<NonNullable<CallView['overlay']>, IconShape | null> = {
  wait: null,
  'camera-off': CameraOffIcon,
  lost: null,
  ended: HangUpIcon,
  'other-window': ExpandIcon,
};

interface CallOverlayProps {
  call: CallState;
  view: CallView;
  audioBlocked: boolean;
  onLeave(): void;
}

/**
 * The overlay on the remote video. Shows what the call is waiting for or how it ended, with buttons for the
 * next steps.
 */
export function CallOverlay({ call, view, audioBlocked, onLeave }: CallOverlayProps): JSX.Element {
  const ringingOut = call.direction === 'out' && call.state === 'ringing';
  return (
    <StageOverlay
      shown={view.overlay !== null}
      icon={view.overlay && icons[view.overlay]}
      letter={view.overlay === 'camera-off' ? initialOf(call) : null}
      phase={view.overlay === 'lost' ? 'disconnected' : call.state}
      text={view}
      audioBlocked={audioBlocked && isOngoing(call)}
      marks={{
        title: { 'data-testid': 'call-message' },
        ...(ringingOut ? { card: { 'data-testid': 'ringing', 'data-direction': 'out' } } : {}),
      }}
    >
      {view.overlay === 'other-window' ? <TakeOver call={call} /> : null}
      {call.state === 'ended' ? <EndSteps call={call} onLeave={onLeave} /> : null}
      {view.overlay === 'wait' && !isOngoing(call) ? <CancelButton call={call} /> : null}
    </StageOverlay>
  );
}

/** The initial of the peer's name, shown in place of an avatar; null if the name is unknown. */
function initialOf(call: CallState): string | null {
  const { name, named } = callerIdentity(call);
  return named ? ([...name][0]?.toUpperCase() ?? null) : null;
}

function TakeOver({ call }: { call: CallState }): JSX.Element {
  const calls = useCallModel();
  return (
    <div className="call-end-steps">
      <Button variant="primary" icon={PhoneIcon} data-testid="use-here" onClick={() => calls.takeOver()}>
        Switch to this window
      </Button>
      <Button variant="danger" icon={HangUpIcon} data-testid="hang-up" onClick={() => calls.hangUp(call)}>
        Hang up
      </Button>
    </div>
  );
}

function CancelButton({ call }: { call: CallState }): JSX.Element {
  const calls = useCallModel();
  return (
    <Button
      variant="danger"
      size="large"
      icon={HangUpIcon}
      data-testid="call-cancel"
      onClick={() => calls.hangUp(call)}
    >
      Cancel
    </Button>
  );
}

function durationText(durationMs: number, who: CallerIdentity): string {
  const length = formatElapsed(durationMs);
  return who.named ? `${length} with ${who.inSentence}` : `You talked for ${length}`;
}

function EndSteps({ call, onLeave }: { call: CallState; onLeave(): void }): JSX.Element {
  const calls = useCallModel();
  const { callHistory, contacts } = useAppState();
  const dialing = useReadable(calls.dialing);
  const [naming, setNaming] = useState(false);
  const who = callerIdentity(call);
  const record = callHistory.find(({ id }) => id === call.id);
  const ticket = calls.redialTicket(call);
  const contact = contacts.find(({ peer }) => peer === call.peer);
  const durationMs = record?.durationMs ?? 0;
  const again = useRef<HTMLButtonElement>(null);
  // The control that had focus disappeared when the call ended, so this button takes the focus.
  useEffect(() => again.current?.focus(), []);
  return (
    <>
      {durationMs >= 1_000 ? (
        <p className="overlay-count" data-testid="call-length">
          {durationText(durationMs, who)}
        </p>
      ) : null}
      <div className="call-end-steps">
        {ticket === null ? null : (
          <Button
            ref={again}
            variant="primary"
            icon={PhoneIcon}
            disabled={dialing}
            data-testid="call-again"
            onClick={() => calls.dial(ticket)}
          >
            Call again
          </Button>
        )}
        {contact?.name ? null : (
          <Button icon={PencilIcon} data-testid="name-caller" onClick={() => setNaming(true)}>
            Add to contacts
          </Button>
        )}
        <Button data-testid="call-close" onClick={onLeave}>
          Close
        </Button>
      </div>
      {naming ? (
        <ContactDialog
          contact={contact ?? { peer: call.peer, name: '', access: 'ask' }}
          suggestedName={who.named ? who.name : ''}
          onClose={() => setNaming(false)}
        />
      ) : null}
    </>
  );
}
