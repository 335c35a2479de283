import InfoIcon from 'lucide-react/icons/info';
import BroadcastIcon from 'lucide-react/icons/radio';
import { type JSX, useEffect, useRef, useState } from 'react';
import { RELAY_PAGES } from '../../common/relay/relay-api.ts';
import { Button } from '../features/shared/Button.tsx';
import { TextField } from '../features/shared/Field.tsx';
import { PlayIcon } from '../features/shared/filled-icons.tsx';
import { Icon } from '../features/shared/Icon.tsx';
import { Notice } from '../features/shared/Notice.tsx';
import { useReadable } from '../features/shared/readable.ts';
import { refusalText } from './refusal.ts';
import type { RelayClient } from './relay-client.ts';
import { SiteHeader } from './SiteHeader.tsx';
import { parseWatchTarget, type WatchTarget } from './watch-target.ts';

interface LandingProps {
  relay: RelayClient;
  /** The invalid name in the page's URL and why it is invalid; null if the name is valid or absent. */
  wrong: { text: string; message: string } | null;
  /** Why this browser cannot watch; null if it can. */
  problem: string | null;
  onWatch(name: string): void;
}

/** The landing page: a field for a ticket or a name, and a link to the publish page. */
export function Landing({ relay, wrong, problem, onWatch }: LandingProps): JSX.Element {
  const [text, setText] = useState(wrong?.text ?? '');
  const field = useRef<HTMLFormElement>(null);
  const [submitted, setSubmitted] = useState(wrong !== null);
  const info = useReadable(relay.info);
  const refusal = useReadable(relay.refusal);
  const refused = refusal === null ? null : refusalText(refusal);
  const mayPull = info?.mayPull ?? true;
  const target = parseWatchTarget(text);
  const error = submitted ? errorText(target) : null;
  useEffect(() => {
    document.title = 'Watch · Iroh Live';
  }, []);
  return (
    <div className="window">
      <SiteHeader />
      <main className="site">
        <h1 className="home-title">Watch live video</h1>
        <p className="site-lead">
          {mayPull ? 'Paste the ticket that a friend sent you. ' : ''}No account, nothing to install.
        </p>
        {problem ? (
          <Notice tone="warning" title="You can’t watch in this browser">
            {problem}
          </Notice>
        ) : null}
        {refused ? (
          <Notice tone="warning" title={refused.title}>
            {refused.body}
          </Notice>
        ) : null}
        {info && !mayPull && info.read.length === 0 ? (
          <Notice tone="warning" title="You need a token to watch on this relay">
            {refusalText('needed').body}
          </Notice>
        ) : null}
        <form
          ref={field}
          className="card site-form"
          onSubmit={(event) => {
            event.preventDefault();
            setSubmitted(true);
            if (target.kind === 'ticket' || target.kind === 'path') onWatch(target.path);
            else field.current?.querySelector('input')?.focus();
          }}
        >
          <TextField
            {...(mayPull
              ? {
                  label: 'Ticket or name',
                  placeholder: 'iroh-live:…',
                  hint: 'A ticket, a link, or the name of a broadcast on this relay.',
                }
              : {
                  label: 'Name',
                  hint: 'The name of a broadcast on this relay, or a link to it. This relay does not accept tickets.',
                })}
            error={error}
            data-testid="ticket-input"
            enterKeyHint="go"
            autoCapitalize="none"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setSubmitted(false);
            }}
            onPaste={(event) => {
              // Opens a complete ticket immediately.
              const pasted = parseWatchTarget(event.clipboardData.getData('text/plain'));
              if (text !== '' || pasted.kind !== 'ticket') return;
              event.preventDefault();
              onWatch(pasted.path);
            }}
          />
          <Button type="submit" variant="primary" size="large" icon={PlayIcon} data-testid="watch-button">
            Watch
          </Button>
        </form>
        {info && info.publish.length > 0 ? (
          <section className="card site-publish">
            <div>
              <h2>Share your own video</h2>
              <p>Go live with your camera or your screen, right from your browser.</p>
            </div>
            <a className="button button-plain button-normal" href={relay.urlFor(RELAY_PAGES.publish).href}>
              <Icon icon={BroadcastIcon} size={18} />
              <span className="button-text">Go live</span>
            </a>
          </section>
        ) : null}
        <p className="site-note">
          <Icon icon={InfoIcon} size={16} />
          <span>
            {mayPull
              ? 'This relay fetches broadcasts from their publishers while someone is watching, and sends them to browsers.'
              : 'This relay receives broadcasts from their publishers and sends them to browsers.'}{' '}
            The relay’s operator can see and hear them.
          </span>
        </p>
      </main>
    </div>
  );
}

function errorText(target: WatchTarget): string | null {
  if (target.kind === 'none') return 'Paste a ticket or a link first, or enter a name.';
  return target.kind === 'wrong' ? target.message : null;
}
