import type { JSX } from 'react';
import { renderPage, type PageParts } from './boot.tsx';
import { parseWatchTarget } from './watch-target.ts';
import { detectSupport, watchingProblem } from './browser-support.ts';
import { RelayWatch } from './RelayWatch.tsx';
import './watch-styles.ts';
import { WebSettingsStore } from './web-settings.ts';

/** `?muted=1` begins without sound, as a page that plays by itself should. */
const query = new URL(location.href).searchParams;
const settings = new WebSettingsStore(query.get('muted') === '1' ? { muted: true } : {});

/** The picture alone, for the frames of other sites. */
function Embed({ relay, onFault }: PageParts): JSX.Element {
  const name = parseWatchTarget(query.get('name') ?? '');
  const problem = watchingProblem(detectSupport());
  if (problem !== null || name.kind === 'none' || name.kind === 'wrong') {
    const message =
      problem ??
      (name.kind === 'wrong'
        ? name.message
        : 'The address names nothing to watch. Add ?name= and a ticket to it.');
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
      <RelayWatch relay={relay} settings={settings} name={name} onLeave={null} onFault={onFault} />
    </div>
  );
}

renderPage((parts) => <Embed {...parts} />);
