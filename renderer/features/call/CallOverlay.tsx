import { type JSX, useEffect, useRef, useState } from 'react';
import type { CallState } from '../../../common/bridge/bridge.ts';
import { callerIdentity, UNKNOWN_CALLER } from '../../../common/words/caller-identity.ts';
import { StageOverlay } from '../player/StageOverlay.tsx';
import { Button } from '../shared/Button.tsx';
import { useAppState } from '../shared/context.ts';
import { formatElapsed } from '../shared/format.ts';
import type { IconName } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { ContactDialog } from './ContactDialog.tsx';
import { useCallModel } from './call-context.ts';
import { type CallView, isUp } from './call-view.ts';

const icons: Record<NonNullable<CallView['overlay']>, IconName | null> = {
  wait: null,
  'camera-off': 'camera-off',
  lost: null,
  ended: 'hang-up',
  elsewhere: 'expand',
};

interface CallOverlayProps {
  call: CallState;
  view: CallView;
  soundBlocked: boolean;
  onLeave(): void;
}

/** What a call waits for, or how it ended, in words over the picture. */
export function CallOverlay({ call, view, soundBlocked, onLeave }: CallOverlayProps): JSX.Element {
  const ringingOut = call.direction === 'out' && call.state === 'ringing';
  return (
    <StageOverlay
      shown={view.overlay !== null}
      icon={view.overlay && icons[view.overlay]}
      letter={view.overlay === 'camera-off' ? initialOf(call) : null}
      phase={view.overlay === 'lost' ? 'disconnected' : call.state}
      words={view}
      soundBlocked={soundBlocked && isUp(call)}
      marks={{
        title: { 'data-testid': 'call-message' },
        ...(ringingOut ? { card: { 'data-testid': 'ringing', 'data-direction': 'out' } } : {}),
      }}
    >
      {view.overlay === 'elsewhere' ? <TakeOver call={call} /> : null}
      {call.state === 'ended' ? <EndSteps call={call} onLeave={onLeave} /> : null}
      {view.overlay === 'wait' && !isUp(call) ? <CancelButton call={call} /> : null}
    </StageOverlay>
  );
}

/** The first letter of a name, as a face where there is no picture. */
function initialOf(call: CallState): string | null {
  const { name } = callerIdentity(call);
  return name === UNKNOWN_CALLER ? null : ([...name][0]?.toUpperCase() ?? null);
}

function TakeOver({ call }: { call: CallState }): JSX.Element {
  const calls = useCallModel();
  return (
    <div className="call-end-steps">
      <Button look="primary" icon="phone" data-testid="use-here" onClick={() => calls.useHere()}>
        Use it here
      </Button>
      <Button look="danger" icon="hang-up" data-testid="hang-up" onClick={() => calls.hangUp(call)}>
        Hang up
      </Button>
    </div>
  );
}

function CancelButton({ call }: { call: CallState }): JSX.Element {
  const calls = useCallModel();
  return (
    <Button
      look="danger"
      size="large"
      icon="hang-up"
      data-testid="call-cancel"
      onClick={() => calls.hangUp(call)}
    >
      Cancel
    </Button>
  );
}

function lengthWords(durationMs: number, name: string): string {
  const length = formatElapsed(durationMs);
  return name === UNKNOWN_CALLER ? `You talked for ${length}` : `${length} with ${name}`;
}

function EndSteps({ call, onLeave }: { call: CallState; onLeave(): void }): JSX.Element {
  const calls = useCallModel();
  const { callHistory, contacts } = useAppState();
  const dialing = useReadable(calls.dialing);
  const [naming, setNaming] = useState(false);
  const record = callHistory.find(({ id }) => id === call.id);
  const ticket = calls.ticketAgain(call);
  const contact = contacts.find(({ peer }) => peer === call.peer);
  const durationMs = record?.durationMs ?? 0;
  const again = useRef<HTMLButtonElement>(null);
  // What had the focus is gone with the call.
  useEffect(() => again.current?.focus(), []);
  return (
    <>
      {durationMs >= 1_000 ? (
        <p className="overlay-count" data-testid="call-length">
          {lengthWords(durationMs, callerIdentity(call).name)}
        </p>
      ) : null}
      <div className="call-end-steps">
        {ticket === null ? null : (
          <Button
            ref={again}
            look="primary"
            icon="phone"
            disabled={dialing}
            data-testid="call-again"
            onClick={() => calls.dial(ticket)}
          >
            Call again
          </Button>
        )}
        {contact?.name ? null : (
          <Button icon="pencil" data-testid="name-caller" onClick={() => setNaming(true)}>
            Name this person
          </Button>
        )}
        <Button data-testid="call-close" onClick={onLeave}>
          Close
        </Button>
      </div>
      {naming ? (
        <ContactDialog
          contact={contact ?? { peer: call.peer, name: '', access: 'ask' }}
          onClose={() => setNaming(false)}
        />
      ) : null}
    </>
  );
}
