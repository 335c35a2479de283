import type { JSX } from 'react';
import { Button } from '../shared/Button.tsx';
import { useApp } from '../shared/context.ts';
import { StopIcon } from '../shared/filled-icons.tsx';
import { formatElapsed } from '../shared/format.ts';
import { useNow, useReadable } from '../shared/readable.ts';
import { useLiveModel } from './live-context.ts';
import { liveTitle } from './live-words.ts';
import { useAppStopDialog } from './use-stop-dialog.tsx';
import '../shared/status-bar.css';

/** A bar on all other screens that says that the user is live. Has a Stop button. */
export function LiveBar(): JSX.Element | null {
  const app = useApp();
  const live = useLiveModel();
  const { phase } = useReadable(live.publisher.state);
  const screen = useReadable(app.screen);
  const sinceMs = useReadable(live.sinceMs);
  const connected = useReadable(app.connected);
  const nowMs = useNow(1000, phase === 'live');
  const stop = useAppStopDialog();
  if (phase !== 'live' || screen.name === 'golive') return null;
  const text = liveTitle(connected);
  return (
    <section className="livebar" aria-label={text}>
      <span className="livebar-dot" aria-hidden="true" />
      <strong>{text}</strong>
      <span className="livebar-time">
        {sinceMs === null || !connected ? '' : formatElapsed(nowMs - sinceMs)}
      </span>
      <span className="livebar-space" />
      <Button size="small" variant="ghost" onClick={() => app.go({ name: 'golive' })}>
        View
      </Button>
      <Button size="small" variant="danger" icon={StopIcon} data-testid="stop-live" onClick={stop.ask}>
        Stop
      </Button>
      {stop.dialog}
    </section>
  );
}
