import { type JSX, useEffect, useLayoutEffect, useRef } from 'react';
import type { CallState } from '../../common/bridge.ts';
import { isUp, whoIs } from '../state/call-view.ts';
import { useApp } from '../state/context.ts';
import { useReadable } from '../state/readable.ts';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';
import './dialog.css';
import './ringing.css';

/** Somebody calls: over whatever is shown, or as a card beside a call that goes on. */
export function Ringing(): JSX.Element | null {
  const app = useApp();
  const { incoming, shown } = useReadable(app.calls.scene);
  if (!incoming) return null;
  const busy = shown !== null && isUp(shown);
  return busy ? <WaitingCard call={incoming} /> : <RingingDialog key={incoming.id} call={incoming} />;
}

function RingingDialog({ call }: { call: CallState }): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const { name } = whoIs(call);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  useEffect(() => {
    const before = document.title;
    document.title = `☎ ${name} calls · Iroh Live`;
    return () => {
      document.title = before;
    };
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
      <RingingBody call={call} busy={false} />
    </dialog>
  );
}

function WaitingCard({ call }: { call: CallState }): JSX.Element {
  return (
    <section
      className="ringing-card"
      role="alert"
      aria-labelledby="ringing-title"
      data-testid="ringing"
      data-direction="in"
    >
      <RingingBody call={call} busy />
    </section>
  );
}

function RingingBody({ call, busy }: { call: CallState; busy: boolean }): JSX.Element {
  const app = useApp();
  const who = whoIs(call);
  return (
    <div className="ringing">
      <span className="ringing-face" aria-hidden="true">
        <Icon name="phone" size={busy ? 22 : 34} />
      </span>
      <div className="ringing-words">
        <h2 id="ringing-title">{busy ? `${who.name} is waiting` : `${who.name} is calling`}</h2>
        {who.id ? (
          <p className="ringing-id">
            <code>{who.id}</code>
          </p>
        ) : null}
        <p id="ringing-note" className="ringing-note">
          {busy
            ? 'Answering ends the call you are in.'
            : who.id
              ? 'Anybody can call themselves so; the id is theirs alone. Nothing of you is sent before you accept.'
              : 'Nothing of you is sent before you accept.'}
        </p>
      </div>
      <div className="ringing-actions">
        <Button
          look="primary"
          size={busy ? 'small' : 'large'}
          icon="camera"
          data-testid="accept-video"
          onClick={() => app.calls.accept(call, 'video')}
        >
          Accept with video
        </Button>
        <Button
          size={busy ? 'small' : 'large'}
          icon="mic"
          data-testid="accept-sound"
          onClick={() => app.calls.accept(call, 'sound')}
        >
          Accept with sound only
        </Button>
        <Button
          look="danger"
          size={busy ? 'small' : 'large'}
          icon="hang-up"
          data-testid="decline"
          onClick={() => app.calls.decline(call)}
        >
          Decline
        </Button>
      </div>
    </div>
  );
}
