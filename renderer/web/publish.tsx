import { type JSX, useEffect, useState } from 'react';
import { LiveContext } from '../features/live/live-context.ts';
import { Button } from '../features/shared/Button.tsx';
import { Notice } from '../features/shared/Notice.tsx';
import { useReadable } from '../features/shared/readable.ts';
import type { SourceKind } from '../media/shared/types.ts';
import { renderPage, type PageParts } from './boot.tsx';
import { PublishLive } from './PublishLive.tsx';
import { PublishSetup } from './PublishSetup.tsx';
import { PublishModel } from './publish-model.ts';
import { SiteHeader } from './SiteHeader.tsx';
import { detectSupport, publishingProblem } from './browser-support.ts';

const support = detectSupport();
const offered: readonly SourceKind[] = support.sharesScreens
  ? ['camera', 'screen', 'file', 'test']
  : ['camera', 'file', 'test'];

function PublishSite(parts: PageParts): JSX.Element {
  const problem = publishingProblem(support);
  return (
    <div className="window">
      <SiteHeader />
      {problem === null ? (
        <Publishing {...parts} />
      ) : (
        <main className="site">
          <Notice tone="warning" title="You cannot go live from here">
            {problem}
          </Notice>
        </main>
      )}
    </div>
  );
}

function Publishing({ relay, toasts, onFault }: PageParts): JSX.Element | null {
  const [model, setModel] = useState<PublishModel | null>(null);
  useEffect(() => {
    const opened = new PublishModel(relay, toasts);
    setModel(opened);
    opened.live.boot();
    const ask = (event: BeforeUnloadEvent): void => {
      if (opened.live.publisher.state.get().phase === 'live') event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => {
      removeEventListener('beforeunload', ask);
      setModel(null);
      opened.close().catch(onFault);
    };
  }, [relay, toasts, onFault]);
  return model ? <Stages model={model} /> : null;
}

function Stages({ model }: { model: PublishModel }): JSX.Element {
  const { phase } = useReadable(model.live.publisher.state);
  const screen = useReadable(model.screen);
  useEffect(() => {
    document.title = phase === 'live' ? '● Live · Iroh Live' : 'Go live · Iroh Live';
  }, [phase]);
  return (
    <LiveContext value={model}>
      {phase === 'live' ? (
        <PublishLive model={model} offered={offered} />
      ) : screen.name === 'golive' ? (
        <PublishSetup model={model} offered={offered} />
      ) : (
        <main className="site">
          <h1 className="home-title">You are no longer live</h1>
          <Button variant="primary" size="large" icon="broadcast" onClick={() => model.go({ name: 'golive' })}>
            Go live again
          </Button>
        </main>
      )}
    </LiveContext>
  );
}

renderPage((parts) => <PublishSite {...parts} />);
