import type { JSX } from 'react';
import { Button } from './Button.tsx';
import { useApp, useAppState } from './context.ts';
import { Notice } from './Notice.tsx';
import { useReadable } from './readable.ts';
import { sourceWords, watchWords } from './words.ts';

/** What stays true until it is put away: main's own troubles, a lost bridge, a broadcast that a reload interrupted. */
export function Notices(): JSX.Element | null {
  const app = useApp();
  const { notices } = useAppState();
  const dismissed = useReadable(app.dismissedNotices);
  const connected = useReadable(app.connected);
  const loss = useReadable(app.bridge.loss);
  const interrupted = useReadable(app.live.interrupted);
  const shown = notices.filter((notice) => !dismissed.has(notice));
  if (shown.length === 0 && connected && !interrupted) return null;
  return (
    <section className="notices" aria-label="Notices">
      {connected ? null : (
        <Notice tone="warning" icon="offline" title={watchWords.disconnected(loss).title}>
          {watchWords.disconnected(loss).body}
        </Notice>
      )}
      {interrupted ? (
        <Notice
          tone="plain"
          icon="broadcast"
          title="You were live before the window was loaded again"
          onDismiss={() => app.live.dismissInterrupted()}
          actions={
            <Button size="small" look="primary" data-testid="resume-live" onClick={() => app.live.resume()}>
              Go on
            </Button>
          }
        >
          {`${sourceWords[interrupted.source].label}: choose it again to go on. Your ticket stays the same.`}
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
