import { type JSX, useEffect, useRef, useState } from 'react';
import { messageOf } from '../../../common/base/errors.ts';
import { MAX_RELAY_CHARS, parsePushTarget } from '../../../common/ticket/relay-url.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { saveOnLeave, TextField } from '../shared/Field.tsx';

/**
 * The settings for the MoQ relays that serve share links or receive pushed broadcasts. iroh's own relays are
 * not configured here.
 */
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

/**
 * The field for the relay that serves share links. An address is saved only if a relay responds there; an
 * empty field is saved immediately.
 */
function ShareRelayField(): JSX.Element {
  const app = useApp();
  const { shareRelay } = useSettings();
  const [text, setText] = useState(shareRelay);
  const [checked, setChecked] = useState<Checked | null>(null);
  const checking = useRef<AbortController | null>(null);
  // The check continues after the dialog closes, so an address entered just before closing is still saved.
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);

  const check = async (url: string, signal: AbortSignal): Promise<void> => {
    setChecked({ ok: true, message: 'Checking the relay…' });
    try {
      const answer = await app.bridge.request('relay.check', { url }, signal);
      if (answer.ok) {
        setText(answer.url);
        app.changeSettings({ shareRelay: answer.url });
      }
      report(answer);
    } catch (error) {
      if (!signal.aborted) report({ ok: false, message: messageOf(error) });
    }
  };
  const report = (answer: Checked): void => {
    if (shown.current) setChecked(answer);
    else if (!answer.ok)
      app.toasts.show(`The relay for share links was not changed. ${answer.message}`, { tone: 'bad' });
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
      label="Relay for share links"
      hint={
        checked?.ok
          ? checked.message
          : 'Friends without the app watch through this relay in a browser. Leave this field empty to turn off share links.'
      }
      error={checked && !checked.ok ? `${checked.message} The address was not saved.` : null}
      placeholder="https://relay.example:4443"
      inputMode="url"
      data-testid="share-relay"
      value={text}
      maxLength={MAX_RELAY_CHARS}
      onChange={(event) => {
        setText(event.target.value);
        setChecked(null);
      }}
      {...saveOnLeave(save)}
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
        label="Relay that receives your broadcasts"
        hint="You send one copy of your broadcast, and the relay forwards it to all of its viewers. Enter an address or the relay’s ticket."
        error={wrong ? 'This is neither a web address nor a ticket.' : null}
        placeholder="https://relay.example:4443/room"
        data-testid="push-to"
        value={target}
        maxLength={MAX_RELAY_CHARS}
        onChange={(event) => setTarget(event.target.value)}
        {...saveOnLeave(saveTarget)}
      />
      {trimmed === '' || wrong ? null : (
        <TextField
          label="Token for that relay"
          hint="Only if the relay requires one."
          type="password"
          data-testid="push-token"
          value={token}
          maxLength={MAX_RELAY_CHARS}
          onChange={(event) => setToken(event.target.value)}
          {...saveOnLeave(saveToken)}
        />
      )}
    </>
  );
}
