import { type JSX, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button } from '../shared/Button.tsx';
import { copyText } from '../shared/clipboard.ts';
import { Dialog } from '../shared/Dialog.tsx';
import { Icon } from '../shared/Icon.tsx';
import { fitsQr, QrCode } from './QrCode.tsx';
import './ticket-card.css';

/** How long the button says that the text was copied. */
const COPIED_MS = 2500;

interface ShareCardProps {
  /** What is handed over; null while it is being made. */
  text: string | null;
  title: string;
  /** What it is, in a word: “ticket”, “link”. */
  noun: string;
  /** What to do with it. */
  lead: string;
  /** What whoever has it can do. */
  hint: string;
  /** Over the large QR code. */
  scan: string;
  testId: string;
  copyId: string;
  qrId: string;
  variant?: 'primary' | 'plain';
  /** Copying did not work; the text is selected then, and the message says so. */
  onProblem(message: string): void;
  /** Stands above the hint. */
  children?: ReactNode;
}

/** A text to hand over (a ticket, a link), and the ways to do so: copying, and a QR code. */
export function ShareCard(props: ShareCardProps): JSX.Element {
  const { text, noun, variant: look = 'primary' } = props;
  const box = useRef<HTMLElement>(null);
  const headingId = useId();
  const [copied, setCopied] = useState(false);
  const [large, setLarge] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    if (text === null) return;
    if (await copyText(text, box.current)) setCopied(true);
    else props.onProblem(`Copying isn’t allowed here. The ${noun} is selected: press Ctrl+C or ⌘C.`);
  };
  return (
    <section className="card ticketcard" aria-labelledby={headingId}>
      <h2 id={headingId}>{props.title}</h2>
      {text === null ? (
        <p className="ticketcard-wait" role="status">
          <span className="spinner" aria-hidden="true" /> Making your {noun}…
        </p>
      ) : (
        <>
          <p className="ticketcard-lead">{props.lead}</p>
          <div className="ticketcard-row">
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would look for fields. */}
            <code
              ref={box}
              className="ticketcard-text"
              data-testid={props.testId}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: the box scrolls, so the keyboard must reach it.
              tabIndex={0}
              role="group"
              aria-label={`Your ${noun}`}
            >
              {text}
            </code>
            {fitsQr(text) ? (
              <button
                type="button"
                className="ticketcard-qr"
                data-testid={props.qrId}
                onClick={() => setLarge(true)}
              >
                <QrCode text={text} label={`QR code of your ${noun}. Show it larger.`} />
                <span className="ticketcard-expand" aria-hidden="true">
                  <Icon name="expand" size={16} />
                </span>
              </button>
            ) : null}
          </div>
          <Button
            variant={look}
            size="large"
            icon={copied ? 'check' : 'copy'}
            className="ticketcard-copy"
            data-testid={props.copyId}
            onClick={() => void copy()}
          >
            {copied ? 'Copied' : `Copy ${noun}`}
          </Button>
          <p className="only-read" role="status">
            {copied ? `The ${noun} was copied.` : ''}
          </p>
          {props.children}
          <p className="ticketcard-hint">
            <Icon name="lock" size={16} />
            <span>{props.hint}</span>
          </p>
        </>
      )}
      {large && text !== null ? (
        <Dialog title={props.scan} onClose={() => setLarge(false)}>
          <div className="qr-large">
            <QrCode text={text} label={`QR code of your ${noun}`} />
          </div>
        </Dialog>
      ) : null}
    </section>
  );
}
