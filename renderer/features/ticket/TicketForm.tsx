import { type JSX, useEffect, useRef, useState } from 'react';
import { Button } from '../shared/Button.tsx';
import { useApp } from '../shared/context.ts';
import { TextField } from '../shared/Field.tsx';
import { PhoneIcon, PlayIcon } from '../shared/filled-icons.tsx';
import { isCallTicket, readTicketInput } from './ticket-input.ts';

/** The user counts as typing for this long after a key press. */
const TYPING_MS = 400;

const labels = {
  watch: {
    button: 'Watch',
    icon: PlayIcon,
    good: 'This is a valid ticket.',
    field: 'ticket-input',
    submit: 'watch-button',
  },
  call: {
    button: 'Call',
    icon: PhoneIcon,
    good: 'This is a call ticket. Their computer will ring.',
    field: 'call-input',
    submit: 'call-dial',
  },
} as const;

interface TicketFormProps {
  purpose?: 'watch' | 'call';
  /** Whether a call is being started. */
  dialing: boolean;
}

/**
 * The ticket field. Validates while the user types, and opens the ticket on Enter. The ticket decides between watching
 * and calling, whatever the form's purpose is.
 */
export function TicketForm({ purpose = 'watch', dialing }: TicketFormProps): JSX.Element {
  const app = useApp();
  const [text, setText] = useState('');
  const [settled, setSettled] = useState('');
  const field = useRef<HTMLFormElement>(null);
  const input = readTicketInput(text);
  const [asked, setAsked] = useState(false);
  const error =
    input.kind === 'wrong' && settled === text
      ? input.message
      : input.kind === 'empty' && asked
        ? 'Paste a ticket that a friend sent you.'
        : null;

  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);

  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      if (event.target instanceof HTMLInputElement || document.querySelector('dialog[open]')) return;
      const pasted = event.clipboardData?.getData('text/plain') ?? '';
      if (pasted.trim() === '') return;
      setText(pasted.trim());
      setSettled(pasted.trim());
      field.current?.querySelector('input')?.focus();
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);

  const does = input.kind === 'ticket' ? (isCallTicket(input.ticket) ? 'call' : 'watch') : purpose;
  const notForCalls = purpose === 'call' && does === 'watch';
  const good = notForCalls ? 'This ticket is for watching, not for a call.' : labels[does].good;
  const open = (): void => {
    setSettled(text);
    setAsked(true);
    if (input.kind === 'ticket') app.openTicket(input.ticket);
    else field.current?.querySelector('input')?.focus();
  };

  return (
    <form
      ref={field}
      className="ticket-form"
      onSubmit={(event) => {
        event.preventDefault();
        open();
      }}
    >
      <TextField
        label="Ticket"
        placeholder="iroh-live:…"
        hint={input.kind === 'ticket' ? good : 'Paste it, or drop it anywhere in this window.'}
        error={error}
        data-testid={labels[purpose].field}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAsked(false);
        }}
      />
      <Button
        type="submit"
        variant="primary"
        size="large"
        icon={labels[does].icon}
        disabled={dialing}
        data-testid={labels[purpose].submit}
      >
        {dialing ? 'Calling…' : notForCalls ? 'Watch it' : labels[does].button}
      </Button>
    </form>
  );
}
