import { type JSX, useEffect, useId, useRef, useState } from 'react';
import { copyText } from '../state/clipboard.ts';
import { useApp, useAppState } from '../state/context.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { Icon } from './Icon.tsx';
import { fitsQr, QrCode } from './QrCode.tsx';
import './ticketcard.css';

/** How long the button says that the ticket was copied. */
const COPIED_MS = 2500;

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
  look?: 'primary' | 'plain';
}

/** The ticket of what is live or of who can be called, and the ways to hand it over. It follows the ticket when addresses change. */
export function TicketCard({
  ticket,
  title = 'Invite a friend',
  lead = 'Send this ticket. They paste it under “Watch” and see you.',
  hint = 'Whoever has this ticket can watch and can learn your network address.',
  scan = 'Scan to watch',
  testId = 'ticket',
  look = 'primary',
}: TicketCardProps): JSX.Element {
  const app = useApp();
  const { irohRelay } = useAppState();
  const text = useRef<HTMLElement>(null);
  const headingId = useId();
  const [copied, setCopied] = useState(false);
  const [large, setLarge] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    if (ticket === null) return;
    if (await copyText(ticket, text.current)) setCopied(true);
    else
      app.toasts.show('Copying isn’t allowed here. The ticket is selected: press Ctrl+C or ⌘C.', {
        tone: 'bad',
      });
  };
  return (
    <section className="card ticketcard" aria-labelledby={headingId}>
      <h2 id={headingId}>{title}</h2>
      {ticket === null ? (
        <p className="ticketcard-wait" role="status">
          <span className="spinner" aria-hidden="true" /> Making your ticket…
        </p>
      ) : (
        <>
          <p className="ticketcard-lead">{lead}</p>
          <div className="ticketcard-row">
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would look for fields. */}
            <code
              ref={text}
              className="ticketcard-text"
              data-testid={testId}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: the box scrolls, so the keyboard must reach it.
              tabIndex={0}
              role="group"
              aria-label="Your ticket"
            >
              {ticket}
            </code>
            {fitsQr(ticket) ? (
              <button type="button" className="ticketcard-qr" data-testid="qr" onClick={() => setLarge(true)}>
                <QrCode text={ticket} label="QR code of your ticket. Show it larger." />
                <span className="ticketcard-expand" aria-hidden="true">
                  <Icon name="expand" size={16} />
                </span>
              </button>
            ) : null}
          </div>
          <Button
            look={look}
            size="large"
            icon={copied ? 'check' : 'copy'}
            className="ticketcard-copy"
            data-testid="copy-ticket"
            onClick={() => app.attempt(copy(), 'The ticket was not copied')}
          >
            {copied ? 'Copied' : 'Copy ticket'}
          </Button>
          <p className="only-read" role="status">
            {copied ? 'The ticket was copied.' : ''}
          </p>
          {irohRelay === 'connecting' ? (
            <p className="ticketcard-hint">
              <Icon name="clock" size={16} />
              <span>
                Still looking for a way to friends outside your network. The ticket is brought up to date when
                it is found, and those sent before keep working.
              </span>
            </p>
          ) : null}
          <p className="ticketcard-hint">
            <Icon name="lock" size={16} />
            <span>{hint}</span>
          </p>
        </>
      )}
      {large && ticket !== null ? (
        <Dialog title={scan} onClose={() => setLarge(false)}>
          <div className="qr-large">
            <QrCode text={ticket} label="QR code of your ticket" />
          </div>
        </Dialog>
      ) : null}
    </section>
  );
}
