import { type JSX, useEffect, useRef, useState } from 'react';
import { useApp } from '../state/context.ts';
import { readTicketInput } from '../state/ticket-input.ts';
import { Button } from './Button.tsx';
import { TextField } from './Field.tsx';

/** A person is still typing for this long after a key. */
const TYPING_MS = 400;

/** The ticket field: checked as one types, watched on Enter. */
export function TicketForm(): JSX.Element {
  const app = useApp();
  const [text, setText] = useState('');
  const [settled, setSettled] = useState('');
  const field = useRef<HTMLFormElement>(null);
  const input = readTicketInput(text);
  const error = input.kind === 'wrong' && settled === text ? input.message : null;

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

  const watch = (): void => {
    setSettled(text);
    if (input.kind === 'ticket') app.watch(input.ticket);
    else field.current?.querySelector('input')?.focus();
  };

  return (
    <form
      ref={field}
      className="ticket-form"
      onSubmit={(event) => {
        event.preventDefault();
        watch();
      }}
    >
      <TextField
        label="Ticket"
        placeholder="iroh-live:…"
        hint={input.kind === 'ticket' ? 'Looks good.' : 'Paste it, or drop it anywhere in this window.'}
        error={error}
        data-testid="ticket-input"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" look="primary" size="large" icon="play" data-testid="watch-button">
        Watch
      </Button>
    </form>
  );
}
