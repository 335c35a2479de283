import { type JSX, useEffect, useRef, useState } from 'react';
import { messageOf } from '../../../common/base/errors.ts';
import { MAX_RELAY_CHARS, parsePushTarget } from '../../../common/ticket/relay-url.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { TextField } from '../shared/Field.tsx';

/** The relays: for share links, and to push broadcasts to. These are MoQ relays; iroh's are another thing. */
export function RelaySettings(): JSX.Element {
  return (
    <>
      <ShareRelayField />
      <PushFields />
    </>
  );
}

interface Checked {
  ok: boolean;
  message: string;
}

/** Kept only after somebody answered there, or when it is emptied. */
function ShareRelayField(): JSX.Element {
  const app = useApp();
  const { shareRelay } = useSettings();
  const [text, setText] = useState(shareRelay);
  const [checked, setChecked] = useState<Checked | null>(null);
  const checking = useRef<AbortController | null>(null);
  // Whoever closes the settings at once has still given the address: the answer is waited for.
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);

  const check = async (url: string, signal: AbortSignal): Promise<void> => {
    setChecked({ ok: true, message: 'Asking the relay…' });
    try {
      const answer = await app.bridge.request('relay.check', { url }, signal);
      if (answer.ok) {
        setText(answer.url);
        app.changeSettings({ shareRelay: answer.url });
      }
      tell(answer);
    } catch (error) {
      if (!signal.aborted) tell({ ok: false, message: messageOf(error) });
    }
  };
  const tell = (answer: Checked): void => {
    if (shown.current) setChecked(answer);
    else if (!answer.ok)
      app.toasts.show(`The relay for links was not changed. ${answer.message}`, { tone: 'bad' });
  };
  const save = (): void => {
    const url = text.trim();
    if (url === shareRelay) return;
    checking.current?.abort();
    if (url === '') {
      setChecked(null);
      app.changeSettings({ shareRelay: '' });
      return;
    }
    checking.current = new AbortController();
    void check(url, checking.current.signal);
  };
  return (
    <TextField
      label="Relay for links"
      hint={
        checked?.ok ? checked.message : 'Friends without the app watch over it in a browser. Empty: no links.'
      }
      error={checked && !checked.ok ? `${checked.message} It is not used.` : null}
      placeholder="https://relay.example:4443"
      inputMode="url"
      data-testid="share-relay"
      value={text}
      maxLength={MAX_RELAY_CHARS}
      onChange={(event) => {
        setText(event.target.value);
        setChecked(null);
      }}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
      }}
    />
  );
}

function PushFields(): JSX.Element {
  const app = useApp();
  const { pushTo, pushToken } = useSettings();
  const [target, setTarget] = useState(pushTo);
  const [token, setToken] = useState(pushToken);
  const trimmed = target.trim();
  const wrong = trimmed !== '' && parsePushTarget(trimmed) === null;
  const saveTarget = (): void => {
    if (wrong || trimmed === pushTo) return;
    setTarget(trimmed);
    app.changeSettings(trimmed === '' ? { pushTo: trimmed, pushing: false } : { pushTo: trimmed });
  };
  const saveToken = (): void => {
    if (token.trim() !== pushToken) app.changeSettings({ pushToken: token.trim() });
  };
  return (
    <>
      <TextField
        label="Relay to send through"
        hint="It gets one copy of your broadcast and hands it on. An address, or a ticket of the relay’s."
        error={wrong ? 'This is neither a web address nor a ticket.' : null}
        placeholder="https://relay.example:4443/room"
        data-testid="push-to"
        value={target}
        maxLength={MAX_RELAY_CHARS}
        onChange={(event) => setTarget(event.target.value)}
        onBlur={saveTarget}
        onKeyDown={(event) => {
          if (event.key === 'Enter') saveTarget();
        }}
      />
      {trimmed === '' || wrong ? null : (
        <TextField
          label="Token for that relay"
          hint="Where the relay asks for one."
          type="password"
          data-testid="push-token"
          value={token}
          maxLength={MAX_RELAY_CHARS}
          onChange={(event) => setToken(event.target.value)}
          onBlur={saveToken}
          onKeyDown={(event) => {
            if (event.key === 'Enter') saveToken();
          }}
        />
      )}
    </>
  );
}
