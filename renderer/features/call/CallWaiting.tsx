import IncomingIcon from 'lucide-react/icons/arrow-down-left';
import type { JSX } from 'react';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import { Button } from '../shared/Button.tsx';
import { useAppState } from '../shared/context.ts';
import { PhoneIcon } from '../shared/filled-icons.tsx';
import { Icon } from '../shared/Icon.tsx';

import { useCallModel } from './call-context.ts';
/**
 * Shows the caller who has been waiting longest, on top of the current call's video. Renders nothing if no
 * call is waiting.
 */
export function CallWaiting(): JSX.Element | null {
  const calls = useCallModel();
  const { waitingCalls: waiting } = useAppState();
  const [first, ...others] = waiting;
  if (!first) return null;
  const who = callerIdentity(first);
  return (
    <section className="call-waiting" aria-label="Call waiting" data-testid="waiting">
      <p className="call-waiting-words" role="status">
        <Icon icon={IncomingIcon} size={18} />
        <bdi className="call-waiting-who">{who.name}</bdi>
        <span>is waiting</span>
        {who.id ? <span className="call-id">{who.id}</span> : null}
        {others.length > 0 ? <span className="call-waiting-more">and {others.length} more</span> : null}
      </p>
      <div className="call-waiting-steps">
        <Button size="small" data-testid="waiting-decline" onClick={() => calls.decline(first)}>
          Decline
        </Button>
        <Button
          size="small"
          variant="primary"
          icon={PhoneIcon}
          data-testid="waiting-answer"
          onClick={() => calls.endAndAnswer(first)}
        >
          End this call and answer
        </Button>
      </div>
    </section>
  );
}
