import { type JSX, lazy, Suspense, useEffect } from 'react';
import { renderPage, type PageParts } from './boot.tsx';
import { Landing } from './Landing.tsx';
import { parseWatchTarget } from './watch-target.ts';
import { detectSupport, watchingProblem } from './browser-support.ts';
import { setNameParam, useNameParam } from './name-param.ts';
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
const Watching = lazy(async () => ({ default: (await import('./RelayWatch.tsx')).RelayWatch }));

const settings = new WebSettingsStore();

function Viewer({ relay, onFault }: PageParts): JSX.Element {
  const text = useNameParam();
  const name = parseWatchTarget(text);
  const problem = watchingProblem(detectSupport());
  useEffect(() => {
    const asking = new AbortController();
    // Its answer says whether the page for publishing is worth a link; without one there is none.
    relay.fetchInfo(asking.signal).catch(() => undefined);
    return () => asking.abort();
  }, [relay]);
  if (problem !== null || name.kind === 'none' || name.kind === 'wrong') {
    const wrong = name.kind === 'wrong' ? { text, message: name.message } : null;
    return <Landing key={text} relay={relay} wrong={wrong} problem={problem} onWatch={setNameParam} />;
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
          onLeave={() => setNameParam('')}
          onFault={onFault}
        />
      </Suspense>
    </div>
  );
}

renderPage((parts) => <Viewer {...parts} />);
