import AddressIcon from 'lucide-react/icons/globe';
import CameraIcon from 'lucide-react/icons/video';
import CameraOffIcon from 'lucide-react/icons/video-off';
import { type JSX, type ReactNode, useState } from 'react';
import { Button } from '../shared/Button.tsx';
import { PhoneIcon, PlayIcon } from '../shared/filled-icons.tsx';
import { Icon, type IconShape } from '../shared/Icon.tsx';
import { useArmed } from '../shared/use-armed.ts';
import { useModal } from '../shared/use-modal.ts';
import type { TicketRequestView } from './ticket-request-words.ts';
import '../shared/dialog.css';
import '../shared/question.css';
import './ticket-request.css';

interface TicketRequestDialogProps {
  view: TicketRequestView;
  /** Opens the ticket. Resolves to whether it was opened; if not, the user can try again. Never rejects. */
  onConfirm(): Promise<boolean>;
  onDiscard(): void;
}

/**
 * Asks the user about a ticket from outside the window, on top of any screen. The heading gets the focus, so
 * that Enter does not confirm the dialog. Nothing is sent before the user confirms.
 */
export function TicketRequestDialog({ view, onConfirm, onDiscard }: TicketRequestDialogProps): JSX.Element {
  const ref = useModal('h2');
  const armed = useArmed();
  const [confirmed, setConfirmed] = useState(false);
  const isCall = view.action === 'call';
  return (
    <dialog
      ref={ref}
      role="alertdialog"
      className="dialog ticket-request-dialog"
      aria-labelledby="ticket-request-title"
      aria-describedby={describedBy(view)}
      data-testid="ticket-request"
      data-action={view.action}
      onCancel={(event) => {
        event.preventDefault();
        onDiscard();
      }}
    >
      <div className="question ticket-request">
        <span className="question-face" aria-hidden="true">
          <Icon icon={isCall ? PhoneIcon : PlayIcon} size={28} />
        </span>
        <div className="question-words">
          <h2 id="ticket-request-title" tabIndex={-1}>
            {view.title}
          </h2>
          <p id="ticket-request-origin" className="ticket-request-origin">
            {view.origin} Nothing has been sent yet.
          </p>
        </div>
        <div id="ticket-request-peer" className="ticket-request-peer">
          <p className="ticket-request-standing" data-tone={view.standingTone}>
            {view.standing}
          </p>
          <p className="ticket-request-id">
            <span className="only-read">Their ID: </span>
            <code>{view.endpointId}</code>
          </p>
        </div>
        <ul id="ticket-request-effects" className="ticket-request-effects">
          <Effect icon={isCall ? CameraIcon : CameraOffIcon}>{view.devices}</Effect>
          <Effect icon={AddressIcon}>{view.reveals}</Effect>
        </ul>
        {view.problem ? (
          <p id="ticket-request-problem" className="ticket-request-problem" role="alert">
            {view.problem}
          </p>
        ) : null}
        <div className="ticket-request-actions">
          <Button size="large" data-testid="discard-ticket" onClick={onDiscard}>
            {view.problem ? 'Close' : 'Cancel'}
          </Button>
          {view.problem ? null : (
            <Button
              variant="primary"
              size="large"
              icon={isCall ? PhoneIcon : PlayIcon}
              disabled={!armed || confirmed}
              data-testid="confirm-ticket"
              onClick={() => {
                setConfirmed(true);
                void onConfirm().then((opened) => opened || setConfirmed(false));
              }}
            >
              {isCall ? 'Call' : 'Watch'}
            </Button>
          )}
        </div>
      </div>
    </dialog>
  );
}

/** The ids of the elements that a screen reader reads when the dialog opens. */
function describedBy({ problem }: TicketRequestView): string {
  const parts = ['origin', 'peer', ...(problem === null ? [] : ['problem']), 'effects'];
  return parts.map((part) => `ticket-request-${part}`).join(' ');
}

function Effect({ icon, children }: { icon: IconShape; children: ReactNode }): JSX.Element {
  return (
    <li>
      <Icon icon={icon} size={18} />
      <span>{children}</span>
    </li>
  );
}
