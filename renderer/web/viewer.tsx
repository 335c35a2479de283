import { type JSX, lazy, Suspense, useEffect } from 'react';
import { boot, type PageParts } from './boot.tsx';
import { Landing } from './Landing.tsx';
import { readName } from './name.ts';
import { findSupport, watchingProblem } from './support.ts';
import { setWatched, useWatched } from './watched-name.ts';
import './watch-styles.ts';
import { WebSettingsStore } from './web-settings.ts';

/*
 * Hooks for end-to-end tests (`data-testid`), kept stable:
 *
 *   start     ticket-input · watch-button
 *   watching  those of the app's Watch screen, and hop-relay (data-transport=webtransport|websocket, data-level) ·
 *             hop-publisher (data-kind=direct|relayed)
 *   publish   those of the app's Go live, and publish-ticket · publish-link · copy-publish-ticket ·
 *             copy-publish-link · publish-token
 */

/** The player is most of the page, and comes only when there is something to watch. */
const Watching = lazy(async () => ({ default: (await import('./Watching.tsx')).Watching }));

const settings = new WebSettingsStore();

function Viewer({ relay, onFault }: PageParts): JSX.Element {
  const text = useWatched();
  const name = readName(text);
  const problem = watchingProblem(findSupport());
  useEffect(() => {
    const asking = new AbortController();
    // Its answer says whether the page for publishing is worth a link; without one there is none.
    relay.ask(asking.signal).catch(() => undefined);
    return () => asking.abort();
  }, [relay]);
  if (problem !== null || name.kind === 'none' || name.kind === 'wrong') {
    const wrong = name.kind === 'wrong' ? { text, message: name.message } : null;
    return <Landing key={text} relay={relay} wrong={wrong} problem={problem} onWatch={setWatched} />;
  }
  return (
    <div className="window window-watch">
      <Suspense
        fallback={
          <p className="site-loading" role="status">
            Loading the player…
          </p>
        }
      >
        <Watching
          key={name.path}
          relay={relay}
          settings={settings}
          name={name}
          onLeave={() => setWatched('')}
          onFault={onFault}
        />
      </Suspense>
    </div>
  );
}

boot((parts) => <Viewer {...parts} />);
