import { type JSX, useEffect, useLayoutEffect, useRef } from 'react';
import type { CallState } from '../../../common/bridge/bridge.ts';
import { callerIdentity, UNKNOWN_CALLER } from '../../../common/words/caller-identity.ts';
import { Button } from '../shared/Button.tsx';
import { useApp } from '../shared/context.ts';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useCallModel } from './call-context.ts';
import { notifyOfCall } from './ring-notification.ts';
import '../shared/dialog.css';
import './ringing.css';

/** Somebody calls: over whatever is shown. Who calls during a call waits, or is told so, before it gets here. */
export function Ringing(): JSX.Element | null {
  const app = useApp();
  const calls = useCallModel();
  const { incoming } = useReadable(calls.scene);
  const connected = useReadable(app.connected);
  return incoming && connected ? <RingingDialog key={incoming.id} call={incoming} /> : null;
}

const UNSEEN = 'Your picture, sound and name are sent only if you accept.';

function RingingDialog({ call }: { call: CallState }): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const { name } = callerIdentity(call);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    dialog.showModal();
    // Not a button: whoever is typing must not accept with the next key.
    dialog.querySelector('h2')?.focus();
    return () => dialog.close();
  }, []);
  useEffect(() => {
    return notifyOfCall(name, () => ref.current?.querySelector('h2')?.focus());
  }, [name]);
  return (
    <dialog
      ref={ref}
      className="dialog ringing-dialog"
      aria-labelledby="ringing-title"
      aria-describedby="ringing-note"
      data-testid="ringing"
      data-direction="in"
      // Escape must not decide about a person: there are buttons for that.
      onCancel={(event) => event.preventDefault()}
    >
      <RingingBody call={call} />
    </dialog>
  );
}

function RingingBody({ call }: { call: CallState }): JSX.Element {
  const calls = useCallModel();
  const who = callerIdentity(call);
  return (
    <div className="ringing">
      <span className="ringing-face" aria-hidden="true">
        <Icon name="phone" size={34} />
      </span>
      <div className="ringing-words">
        <h2 id="ringing-title" tabIndex={-1}>
          {who.name} is calling
        </h2>
        {who.id ? (
          <p className="ringing-id">
            <code>{who.id}</code>
          </p>
        ) : null}
        <p id="ringing-note" className="ringing-note">
          {who.id && who.name !== UNKNOWN_CALLER
            ? `Anybody can call themselves so; the id is theirs alone. ${UNSEEN}`
            : UNSEEN}
        </p>
      </div>
      <div className="ringing-actions">
        <Button
          look="primary"
          size="large"
          icon="camera"
          data-testid="accept-video"
          onClick={() => calls.accept(call, 'video')}
        >
          Accept with video
        </Button>
        <Button
          size="large"
          icon="mic"
          data-testid="accept-sound"
          onClick={() => calls.accept(call, 'sound')}
        >
          Accept with sound only
        </Button>
        <Button
          look="danger"
          size="large"
          icon="hang-up"
          data-testid="decline"
          onClick={() => calls.decline(call)}
        >
          Decline
        </Button>
        {call.contactName ? null : (
          <Button
            look="ghost"
            size="small"
            icon="block"
            data-testid="block"
            onClick={() => calls.block(call)}
          >
            Decline and block
          </Button>
        )}
      </div>
    </div>
  );
}
