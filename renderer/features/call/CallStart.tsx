import type { JSX } from 'react';
import { useApp, useAppState } from '../shared/context.ts';
import { PhoneIcon } from '../shared/filled-icons.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { TicketCard } from '../ticket/TicketCard.tsx';
import { TicketForm } from '../ticket/TicketForm.tsx';
import { CallHistory } from './CallHistory.tsx';
import { useCallModel } from './call-context.ts';
import { DisplayName } from './DisplayName.tsx';

/**
 * The Call screen when there is no call. Shows the user's own call ticket and a field for a friend's ticket.
 */
export function CallStart(): JSX.Element {
  const app = useApp();
  const dialing = useReadable(useCallModel().dialing);
  const { callTicket } = useAppState();
  return (
    <main className="callstart">
      <ScreenHeading>Call a friend</ScreenHeading>
      <div className="callstart-columns">
        <TicketCard
          ticket={callTicket === '' ? null : callTicket}
          title="Receive calls"
          lead="Send this ticket to a friend. When they open it, this computer will ring."
          hint="Anyone with this ticket can call you and can learn your network address. You decide whether to answer."
          scan="Scan to call"
          testId="call-ticket"
          variant="plain"
        />
        <section className="card callstart-dial" aria-labelledby="callstart-dial">
          <h2 id="callstart-dial">Call someone</h2>
          <p className="callstart-lead">Paste a call ticket from a friend. Their computer will ring.</p>
          <TicketForm purpose="call" dialing={dialing} />
          <DisplayName />
        </section>
      </div>
      {app.info.autostart === 'call' ? (
        <p className="callstart-waiting" role="status">
          <Icon icon={PhoneIcon} size={18} /> Waiting for a call.
        </p>
      ) : null}
      <CallHistory />
    </main>
  );
}
