import type { JSX } from 'react';
import type { TicketRequestView } from './ticket-request-words.ts';

interface TicketRequestNoticeProps {
  view: TicketRequestView;
  /** Opens the dialog. */
  onShow(): void;
  onDiscard(): void;
}

/**
 * Tells the user during a call that a ticket from outside the window is waiting. Looks like a toast, but
 * stays until the user decides. Never takes the focus.
 */
export function TicketRequestNotice({ view, onShow, onDiscard }: TicketRequestNoticeProps): JSX.Element {
  return (
    <div className="toast toast-plain" data-testid="ticket-notice" data-action={view.action}>
      <span className="toast-text">{view.notice}</span>
      <button type="button" className="toast-action" data-testid="show-ticket" onClick={onShow}>
        Show
      </button>
      <button type="button" className="toast-action" data-testid="discard-ticket" onClick={onDiscard}>
        Discard
      </button>
    </div>
  );
}
