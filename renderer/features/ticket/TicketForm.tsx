import { type JSX, useEffect, useRef, useState } from 'react';
import { Button } from '../shared/Button.tsx';
import { useApp } from '../shared/context.ts';
import { TextField } from '../shared/Field.tsx';
import { PhoneIcon, PlayIcon } from '../shared/filled-icons.tsx';
import { isCallTicket, readTicketInput } from './ticket-input.ts';

/**
 * How long to wait after the last key press before an error is shown, in milliseconds. No error should appear
 * while the user types.
 */
const TYPING_MS = 400;

const labels = {
  watch: {
    button: 'Watch',
    icon: PlayIcon,
    hint: 'You can also drop it anywhere in this window.',
    validHint: 'This is a valid ticket.',
    field: 'ticket-input',
    submit: 'watch-button',
  },
  call: {
    button: 'Call',
    icon: PhoneIcon,
    hint: 'Paste a call ticket, or drop one anywhere in this window.',
    validHint: 'This is a call ticket. Their computer will ring.',
    field: 'call-input',
    submit: 'call-dial',
  },
} as const;

/** The ticket in the pasted text, or the whole text if it contains no ticket. */
function pastedText(clipboard: DataTransfer | null): string {
  const text = clipboard?.getData('text/plain') ?? '';
  const input = readTicketInput(text);
  return input.kind === 'ticket' ? input.ticket : text.trim();
}

interface TicketFormProps {
  purpose?: 'watch' | 'call';
  /** Whether a call is being started. */
  dialing: boolean;
}

/**
 * A form for a ticket, which is validated while the user types. The ticket's type decides whether the form
 * opens the Watch screen or starts a call; `purpose` only sets the labels while the form is empty.
 */
export function TicketForm({ purpose = 'watch', dialing }: TicketFormProps): JSX.Element {
  const app = useApp();
  const [text, setText] = useState('');
  const [checkedText, setCheckedText] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const input = readTicketInput(text);
  const [submitted, setSubmitted] = useState(false);
  const error =
    input.kind === 'wrong' && checkedText === text
      ? input.message
      : input.kind === 'empty' && submitted
        ? 'Paste a ticket that a friend sent you.'
        : null;

  useEffect(() => {
    const timer = setTimeout(() => setCheckedText(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);

  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      if (event.target instanceof HTMLInputElement || document.querySelector('dialog[open]')) return;
      const pasted = pastedText(event.clipboardData);
      if (pasted === '') return;
      setText(pasted);
      setCheckedText(pasted);
      form.current?.querySelector('input')?.focus();
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);

  const action = input.kind === 'ticket' ? (isCallTicket(input.ticket) ? 'call' : 'watch') : purpose;
  const notForCalls = purpose === 'call' && action === 'watch';
  const validHint = notForCalls ? 'This ticket is for watching, not for calling.' : labels[action].validHint;
  const open = (): void => {
    setCheckedText(text);
    setSubmitted(true);
    if (input.kind === 'ticket') app.openTicket(input.ticket);
    else form.current?.querySelector('input')?.focus();
  };

  return (
    <form
      ref={form}
      className="ticket-form"
      onSubmit={(event) => {
        event.preventDefault();
        open();
      }}
    >
      <TextField
        label="Ticket"
        bare={purpose === 'watch'}
        placeholder="iroh-live:…"
        hint={input.kind === 'ticket' ? validHint : labels[purpose].hint}
        error={error}
        data-testid={labels[purpose].field}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setSubmitted(false);
        }}
        onPaste={(event) => {
          // A single-line field would join the lines of a pasted email, making the text after the ticket part
          // of its name.
          const pasted = readTicketInput(event.clipboardData.getData('text/plain'));
          const { value, selectionStart, selectionEnd } = event.currentTarget;
          const replacesAll = selectionStart === 0 && selectionEnd === value.length;
          if (pasted.kind !== 'ticket' || !replacesAll) return;
          event.preventDefault();
          setText(pasted.ticket);
          setSubmitted(false);
        }}
      />
      <Button
        type="submit"
        variant="primary"
        size="large"
        icon={labels[action].icon}
        disabled={dialing}
        data-testid={labels[purpose].submit}
      >
        {dialing ? 'Calling…' : notForCalls ? 'Watch it' : labels[action].button}
      </Button>
    </form>
  );
}
