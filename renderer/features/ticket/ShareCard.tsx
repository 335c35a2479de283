import CheckIcon from 'lucide-react/icons/check';
import CopyIcon from 'lucide-react/icons/copy';
import LockIcon from 'lucide-react/icons/lock';
import ExpandIcon from 'lucide-react/icons/maximize-2';
import { type JSX, type ReactNode, useId, useRef, useState } from 'react';
import { Button } from '../shared/Button.tsx';
import { copyText } from '../shared/clipboard.ts';
import { Dialog } from '../shared/Dialog.tsx';
import { Icon } from '../shared/Icon.tsx';
import { fitsQr, QrCode } from './QrCode.tsx';
import { useCopied } from './use-copied.ts';
import './ticket-card.css';

interface ShareCardProps {
  /** The text to share; null while it is being created. */
  text: string | null;
  title: string;
  /** “ticket” or “link”. */
  noun: string;
  /** An instruction, shown above the text. */
  lead: string;
  /** A note about who can use the text. */
  hint: string;
  /** The title, shown above the large QR code. */
  scan: string;
  testId: string;
  copyId: string;
  qrId: string;
  variant?: 'primary' | 'plain';
  /** Called with a message if copying fails. The text is then selected. */
  onProblem(message: string): void;
  /** Rendered above the hint. */
  children?: ReactNode;
  /** Rendered below the hint. */
  more?: ReactNode;
}

/** Shows a ticket or link to share, with a copy button and a QR code. */
export function ShareCard(props: ShareCardProps): JSX.Element {
  const { text, noun, variant = 'primary' } = props;
  const box = useRef<HTMLElement>(null);
  const headingId = useId();
  const [copied, markCopied] = useCopied();
  const [large, setLarge] = useState(false);
  const copy = async (): Promise<void> => {
    if (text === null) return;
    if (await copyText(text, box.current)) markCopied();
    else props.onProblem(`Could not copy. The ${noun} is selected, so press Ctrl+C or ⌘C.`);
  };
  return (
    <section className="card ticketcard" aria-labelledby={headingId}>
      <h2 id={headingId}>{props.title}</h2>
      {text === null ? (
        <p className="ticketcard-wait" role="status">
          <span className="spinner" aria-hidden="true" /> Creating your {noun}…
        </p>
      ) : (
        <>
          <p className="ticketcard-lead">{props.lead}</p>
          <div className="ticketcard-row">
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls. */}
            <code
              ref={box}
              className="ticketcard-text"
              data-testid={props.testId}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll the box.
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
                <QrCode text={text} label={`Enlarge the QR code for your ${noun}`} />
                <span className="ticketcard-expand" aria-hidden="true">
                  <Icon icon={ExpandIcon} size={16} />
                </span>
              </button>
            ) : null}
          </div>
          <Button
            variant={variant}
            size="large"
            icon={copied ? CheckIcon : CopyIcon}
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
            <Icon icon={LockIcon} size={16} />
            <span>{props.hint}</span>
          </p>
          {props.more}
        </>
      )}
      {large && text !== null ? (
        <Dialog title={props.scan} onClose={() => setLarge(false)}>
          <div className="qr-large">
            <QrCode text={text} label={`QR code for your ${noun}`} />
          </div>
        </Dialog>
      ) : null}
    </section>
  );
}
