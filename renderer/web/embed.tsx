import type { JSX } from 'react';
import { type PageParts, renderPage } from './boot.tsx';
import { detectSupport, watchingProblem } from './browser-support.ts';
import { RelayWatch } from './RelayWatch.tsx';
import './watch-styles.ts';
import { parseWatchTarget } from './watch-target.ts';
import { WebSettingsStore } from './web-settings.ts';

/** `?muted=1` starts muted, so that browsers allow autoplay. */
const query = new URL(location.href).searchParams;
const settings = new WebSettingsStore(query.get('muted') === '1' ? { muted: true } : {});

/** The viewer for embedding in other sites, without a landing page. */
function Embed({ relay, onFault }: PageParts): JSX.Element {
  const target = parseWatchTarget(query.get('name') ?? '');
  const problem = watchingProblem(detectSupport());
  if (problem !== null || target.kind === 'none' || target.kind === 'wrong') {
    const message =
      problem ??
      (target.kind === 'wrong'
        ? target.message
        : 'This address does not name a broadcast. Add ?name= followed by a ticket.');
    return (
      <main className="site-empty">
        <p data-testid="watch-state" data-state="failed">
          {message}
        </p>
      </main>
    );
  }
  return (
    <div className="window window-watch">
      <RelayWatch
        relay={relay}
        settings={settings}
        target={target}
        // The embedding site controls whether audio can start, through the permissions of the frame.
        audioNeedsGesture={false}
        onLeave={null}
        onFault={onFault}
      />
    </div>
  );
}

renderPage((parts) => <Embed {...parts} />);
