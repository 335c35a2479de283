import { type JSX, lazy, Suspense, useEffect } from 'react';
import { type PageParts, renderPage } from './boot.tsx';
import { detectSupport, watchingProblem } from './browser-support.ts';
import { Landing } from './Landing.tsx';
import { setNameParam, useNameParam } from './name-param.ts';
import './watch-styles.ts';
import { parseWatchTarget } from './watch-target.ts';
import { WebSettingsStore } from './web-settings.ts';

/*
 * Stable `data-testid` values for end-to-end tests:
 *
 *   start     ticket-input · watch-button
 *   watching  those of the app's Watch screen, and hop-relay (data-transport=webtransport|websocket, data-level) ·
 *             hop-publisher (data-kind=direct|relayed)
 *   publish   those of the app's Go live, and publish-ticket · publish-link · copy-publish-ticket ·
 *             copy-publish-link · publish-token
 */

/** Loaded on demand, because the player makes up most of the page's code. */
const RelayWatch = lazy(async () => ({ default: (await import('./RelayWatch.tsx')).RelayWatch }));

const settings = new WebSettingsStore();

function Viewer({ relay, onFault }: PageParts): JSX.Element {
  const text = useNameParam();
  const target = parseWatchTarget(text);
  const problem = watchingProblem(detectSupport());
  useEffect(() => {
    const controller = new AbortController();
    // The landing page links to the publish page only if the relay's info allows publishing, so a failed
    // request is harmless.
    relay.fetchInfo(controller.signal).catch(() => undefined);
    return () => controller.abort();
  }, [relay]);
  if (problem !== null || target.kind === 'none' || target.kind === 'wrong') {
    const wrong = target.kind === 'wrong' ? { text, message: target.message } : null;
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
        <RelayWatch
          key={target.path}
          relay={relay}
          settings={settings}
          target={target}
          // A link can open this page, so audio must not start before the user clicks or presses a key.
          audioNeedsGesture
          onLeave={() => setNameParam('')}
          onFault={onFault}
        />
      </Suspense>
    </div>
  );
}

renderPage((parts) => <Viewer {...parts} />);
