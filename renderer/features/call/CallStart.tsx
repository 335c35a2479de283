import type { JSX } from 'react';
import { useApp, useAppState } from '../shared/context.ts';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { TicketCard } from '../ticket/TicketCard.tsx';
import { TicketForm } from '../ticket/TicketForm.tsx';
import { CallHistory } from './CallHistory.tsx';
import { useCallModel } from './call-context.ts';
import { DisplayName } from './DisplayName.tsx';

/** Before a call: the ticket by which friends call, and the field for theirs. */
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
          title="Be called"
          lead="Send this ticket; when they open it, this computer rings."
          hint="Whoever has this ticket can ring here and can learn your network address. You decide whether to answer."
          scan="Scan to call"
          testId="call-ticket"
          look="plain"
        />
        <section className="card callstart-dial" aria-labelledby="callstart-dial">
          <h2 id="callstart-dial">Call somebody</h2>
          <p className="callstart-lead">Did a friend send you their call ticket? Their computer rings.</p>
          <TicketForm purpose="call" dialing={dialing} />
          <DisplayName />
        </section>
      </div>
      {app.info.autostart === 'call' ? (
        <p className="callstart-waiting" role="status">
          <Icon name="phone" size={18} /> Waiting for a call.
        </p>
      ) : null}
      <CallHistory />
    </main>
  );
}
