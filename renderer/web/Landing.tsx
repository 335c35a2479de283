import { type JSX, useEffect, useRef, useState } from 'react';
import { RELAY_PAGES } from '../../common/relay/relay-api.ts';
import { Button } from '../features/shared/Button.tsx';
import { TextField } from '../features/shared/Field.tsx';
import { Icon } from '../features/shared/Icon.tsx';
import { Notice } from '../features/shared/Notice.tsx';
import { useReadable } from '../features/shared/readable.ts';
import { parseWatchTarget, type WatchTarget } from './watch-target.ts';
import type { RelayClient } from './relay-client.ts';
import { SiteHeader } from './SiteHeader.tsx';

interface LandingProps {
  relay: RelayClient;
  /** What the address names and that cannot be watched. */
  wrong: { text: string; message: string } | null;
  /** Why nothing can be watched here. */
  problem: string | null;
  onWatch(name: string): void;
}

/** The start: the field for a ticket. */
export function Landing({ relay, wrong, problem, onWatch }: LandingProps): JSX.Element {
  const [text, setText] = useState(wrong?.text ?? '');
  const field = useRef<HTMLFormElement>(null);
  const [tried, setTried] = useState(wrong !== null);
  const info = useReadable(relay.info);
  const fetches = info?.mayPull ?? true;
  const input = parseWatchTarget(text);
  const error = tried ? problemOf(input) : null;
  useEffect(() => {
    document.title = 'Watch · Iroh Live';
  }, []);
  return (
    <div className="window">
      <SiteHeader />
      <main className="site">
        <h1 className="home-title">Watch live video</h1>
        <p className="site-lead">{lead(fetches)}</p>
        {problem ? (
          <Notice tone="warning" title="Nothing can be played here">
            {problem}
          </Notice>
        ) : null}
        {info && !fetches && info.read.length === 0 ? (
          <Notice tone="warning" title="Nothing is shown here without a token">
            Open the link that somebody sent you: it should hold one. Or ask whoever runs this relay.
          </Notice>
        ) : null}
        <form
          ref={field}
          className="card site-form"
          onSubmit={(event) => {
            event.preventDefault();
            setTried(true);
            if (input.kind === 'ticket' || input.kind === 'path') onWatch(input.path);
            else field.current?.querySelector('input')?.focus();
          }}
        >
          <TextField
            {...(fetches
              ? {
                  label: 'Ticket or name',
                  placeholder: 'iroh-live:…',
                  hint: 'A ticket, a link, or the name of a broadcast on this relay.',
                }
              : {
                  label: 'Name',
                  hint: 'The name of a broadcast on this relay, or a link to it. It fetches no tickets from elsewhere.',
                })}
            error={error}
            data-testid="ticket-input"
            enterKeyHint="go"
            autoCapitalize="none"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setTried(false);
            }}
            onPaste={(event) => {
              // Pasted whole, it needs no other press.
              const pasted = parseWatchTarget(event.clipboardData.getData('text/plain'));
              if (text !== '' || pasted.kind !== 'ticket') return;
              event.preventDefault();
              onWatch(pasted.path);
            }}
          />
          <Button type="submit" variant="primary" size="large" icon="play" data-testid="watch-button">
            Watch
          </Button>
        </form>
        {info && info.publish.length > 0 ? (
          <section className="card site-publish">
            <div>
              <h2>Show something yourself</h2>
              <p>Your camera or your screen, straight from this page.</p>
            </div>
            <a className="button button-plain button-normal" href={relay.urlFor(RELAY_PAGES.publish).href}>
              <Icon name="broadcast" size={18} />
              <span className="button-text">Go live</span>
            </a>
          </section>
        ) : null}
        <p className="site-note">
          <Icon name="info" size={16} />
          <span>
            {fetches
              ? 'This relay fetches a broadcast from its publisher while somebody watches, and hands it to browsers.'
              : 'This relay hands what is published on it to browsers.'}{' '}
            Whoever runs the relay could see what passes through it.
          </span>
        </p>
      </main>
    </div>
  );
}

function lead(fetches: boolean): string {
  return fetches
    ? 'Somebody sent you a ticket? Paste it here. No account, nothing to install.'
    : 'No account, nothing to install.';
}

function problemOf(input: WatchTarget): string | null {
  if (input.kind === 'none') return 'Paste a ticket or a link first, or type a name.';
  return input.kind === 'wrong' ? input.message : null;
}
