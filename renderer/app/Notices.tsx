import type { JSX } from 'react';
import { sourceTexts } from '../features/capture/source-words.ts';
import { useLiveModel } from '../features/live/live-context.ts';
import { Button } from '../features/shared/Button.tsx';
import { useAppState } from '../features/shared/context.ts';
import { Notice } from '../features/shared/Notice.tsx';
import { useReadable } from '../features/shared/readable.ts';
import { bridgeLossTexts } from '../features/shared/words.ts';
import type { AppModel } from './app-model.ts';

/** What stays true until it is put away: main's own troubles, a lost bridge, a broadcast that a reload interrupted. */
export function Notices({ app }: { app: AppModel }): JSX.Element | null {
  const live = useLiveModel();
  const { notices } = useAppState();
  const dismissed = useReadable(app.dismissedNotices);
  const connected = useReadable(app.connected);
  const loss = useReadable(app.bridge.loss);
  const interrupted = useReadable(live.interrupted);
  const shown = notices.filter((notice) => !dismissed.has(notice));
  if (shown.length === 0 && connected && !interrupted) return null;
  return (
    <section className="notices" aria-label="Notices">
      {connected ? null : (
        <Notice tone="warning" icon="offline" title={bridgeLossTexts[loss ?? 'unknown'].title}>
          {bridgeLossTexts[loss ?? 'unknown'].body}
        </Notice>
      )}
      {interrupted ? (
        <Notice
          tone="plain"
          icon="broadcast"
          title="You were live before the window was loaded again"
          onDismiss={() => live.dismissInterrupted()}
          actions={
            <Button size="small" variant="primary" data-testid="resume-live" onClick={() => live.resume()}>
              Go on
            </Button>
          }
        >
          {`${sourceTexts[interrupted.source].label}: choose it again to go on. Your ticket stays the same.`}
        </Notice>
      ) : null}
      {shown.map((notice) => (
        <Notice key={notice} tone="warning" onDismiss={() => app.dismissNotice(notice)}>
          {notice}
        </Notice>
      ))}
    </section>
  );
}
