import BroadcastIcon from 'lucide-react/icons/radio';
import { type JSX, useEffect, useState } from 'react';
import { once } from '../../common/base/once.ts';
import type { RelayInfo } from '../../common/relay/relay-schemas.ts';
import { LiveContext } from '../features/live/live-context.ts';
import { Button } from '../features/shared/Button.tsx';
import { Notice } from '../features/shared/Notice.tsx';
import { useReadable } from '../features/shared/readable.ts';
import { useWakeLock } from '../features/shared/wake-lock.ts';
import type { SourceKind } from '../media/shared/source-types.ts';
import { type PageParts, renderPage } from './boot.tsx';
import { detectSupport, publishingNote, publishingProblem } from './browser-support.ts';
import { PublishLive } from './PublishLive.tsx';
import { PublishSetup } from './PublishSetup.tsx';
import { PublishModel } from './publish-model.ts';
import { SiteHeader } from './SiteHeader.tsx';

const support = detectSupport();
const kinds: readonly SourceKind[] = support.sharesScreens
  ? ['camera', 'screen', 'file', 'test']
  : ['camera', 'file', 'test'];

function PublishPage(parts: PageParts): JSX.Element {
  const problem = publishingProblem(support);
  const note = publishingNote(support);
  return (
    <div className="window">
      <SiteHeader />
      {problem === null ? (
        <>
          {note === null ? null : (
            <Notice tone="warning" title="Without sound">
              {note}
            </Notice>
          )}
          <Publishing {...parts} />
        </>
      ) : (
        <main className="site">
          <Notice tone="warning" title="You can’t go live in this browser">
            {problem}
          </Notice>
        </main>
      )}
    </div>
  );
}

/** Owns the publishing model while the page is open. */
function Publishing({ relay, toasts, onFault }: PageParts): JSX.Element | null {
  const [model, setModel] = useState<PublishModel | null>(null);
  useEffect(() => {
    const opened = new PublishModel(relay, toasts);
    setModel(opened);
    // A broadcast resumes when the page is reloaded, but no camera opens until the relay allows publishing.
    const boot = once(() => opened.live.boot.run());
    const bootIfAllowed = (info: RelayInfo | null): void => {
      if (info && info.publish.length > 0) boot();
    };
    const stopWaiting = relay.info.subscribe(bootIfAllowed);
    bootIfAllowed(relay.info.get());
    const confirmWhileLive = (event: BeforeUnloadEvent): void => {
      if (opened.live.publisher.state.get().phase === 'live') event.preventDefault();
    };
    addEventListener('beforeunload', confirmWhileLive);
    return () => {
      stopWaiting();
      removeEventListener('beforeunload', confirmWhileLive);
      setModel(null);
      opened.close().catch(onFault);
    };
  }, [relay, toasts, onFault]);
  return model ? <PublishScreen model={model} /> : null;
}

function PublishScreen({ model }: { model: PublishModel }): JSX.Element {
  const { phase } = useReadable(model.live.publisher.state);
  const { connected } = useReadable(model.connection.state);
  const screen = useReadable(model.screen);
  useWakeLock(phase === 'live');
  useEffect(() => {
    const liveTitle = connected ? '● Live · Iroh Live' : 'Interrupted · Iroh Live';
    document.title = phase === 'live' ? liveTitle : 'Go live · Iroh Live';
  }, [phase, connected]);
  return (
    <LiveContext value={model}>
      {phase === 'live' ? (
        <PublishLive model={model} kinds={kinds} />
      ) : screen.name === 'golive' ? (
        <PublishSetup model={model} kinds={kinds} />
      ) : (
        <main className="site">
          <h1 className="home-title">You are no longer live</h1>
          <Button
            variant="primary"
            size="large"
            icon={BroadcastIcon}
            onClick={() => model.go({ name: 'golive' })}
          >
            Go live again
          </Button>
        </main>
      )}
    </LiveContext>
  );
}

renderPage((parts) => <PublishPage {...parts} />);
