import type { JSX } from 'react';
import { useApp, useAppState } from '../shared/context.ts';
import { Icon } from '../shared/Icon.tsx';
import { ShareCard } from './ShareCard.tsx';

interface TicketCardProps {
  /** Null while it is being made. */
  ticket: string | null;
  title?: string;
  /** What to do with it. */
  lead?: string;
  /** What whoever has it can do. */
  hint?: string;
  /** Over the large QR code. */
  scan?: string;
  testId?: string;
  variant?: 'primary' | 'plain';
}

/** The ticket of what is live or of who can be called, and the ways to hand it over. It follows the ticket when addresses change. */
export function TicketCard({
  ticket,
  title = 'Invite a friend',
  lead = 'Send this ticket. They paste it under “Watch” and see you.',
  hint = 'Whoever has this ticket can watch and can learn your network address.',
  scan = 'Scan to watch',
  testId = 'ticket',
  variant: look = 'primary',
}: TicketCardProps): JSX.Element {
  const app = useApp();
  const { irohRelay } = useAppState();
  return (
    <ShareCard
      text={ticket}
      noun="ticket"
      title={title}
      lead={lead}
      hint={hint}
      scan={scan}
      testId={testId}
      copyId="copy-ticket"
      qrId="qr"
      variant={look}
      onProblem={(message) => app.toasts.show(message, { tone: 'bad' })}
    >
      {irohRelay === 'connecting' ? (
        <p className="ticketcard-hint">
          <Icon name="clock" size={16} />
          <span>
            Still looking for a way to friends outside your network. The ticket is brought up to date when it
            is found, and those sent before keep working.
          </span>
        </p>
      ) : null}
    </ShareCard>
  );
}
