import IncomingIcon from 'lucide-react/icons/arrow-down-left';
import type { JSX } from 'react';
import type { CallState } from '../../../common/bridge/bridge.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import { Button } from '../shared/Button.tsx';
import { useAppState } from '../shared/context.ts';
import { PhoneIcon } from '../shared/filled-icons.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useArmed } from '../shared/use-armed.ts';
import { CallerStanding, identityKey } from './CallerStanding.tsx';
import { useCallModel } from './call-context.ts';

/**
 * Shows the caller who has been waiting longest, on top of the current call's video. Renders nothing if no
 * call is waiting.
 */
export function CallWaiting(): JSX.Element | null {
  const { waitingCalls: waiting } = useAppState();
  const [first, ...others] = waiting;
  // When another caller becomes first, the key remounts the component, which briefly disables the answer
  // button.
  return first ? <WaitingCaller key={first.id} call={first} othersCount={others.length} /> : null;
}

function WaitingCaller({ call, othersCount }: { call: CallState; othersCount: number }): JSX.Element {
  const calls = useCallModel();
  const who = callerIdentity(call);
  const armed = useArmed(identityKey(who));
  return (
    <section className="call-waiting" aria-label="Call waiting" data-testid="waiting">
      <div className="call-waiting-caller">
        <p className="call-waiting-words" role="status">
          <Icon icon={IncomingIcon} size={18} />
          <bdi className="call-waiting-who">{who.name}</bdi>
          <span>is waiting</span>
          {othersCount > 0 ? <span className="call-waiting-more">and {othersCount} more</span> : null}
        </p>
        <CallerStanding who={who} id="waiting-standing" />
      </div>
      <div className="call-waiting-steps">
        <Button size="small" data-testid="waiting-decline" onClick={() => calls.decline(call)}>
          Decline
        </Button>
        <Button
          size="small"
          variant="primary"
          icon={PhoneIcon}
          disabled={!armed}
          aria-describedby={who.id === null ? undefined : 'waiting-standing'}
          data-testid="waiting-answer"
          onClick={() => calls.endAndAnswer(call)}
        >
          End this call and answer
        </Button>
      </div>
    </section>
  );
}
