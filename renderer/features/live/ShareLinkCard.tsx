import type { JSX } from 'react';
import type { BroadcastState } from '../../../common/bridge/bridge.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { ShareCard } from '../ticket/ShareCard.tsx';
import { ClosedNotice } from './ClosedNotice.tsx';
import { shareLink } from './share-link.ts';

/** The link for browsers, while the settings name a relay for it. */
export function LinkCard({ broadcast }: { broadcast: BroadcastState | null }): JSX.Element | null {
  const app = useApp();
  const settings = useSettings();
  const link = broadcast && shareLink(settings, broadcast);
  if (!link) return null;
  return (
    <ShareCard
      text={link.url}
      noun="link"
      title="Watch in a browser"
      lead={
        link.closed !== null
          ? 'For friends without the app who have a token.'
          : 'For friends without the app. It opens in any browser.'
      }
      hint="The relay hands your broadcast on while somebody watches, and can see what passes through it."
      scan="Scan to watch in a browser"
      testId="share-link"
      copyId="copy-link"
      qrId="link-qr"
      variant="plain"
      onProblem={(message) => app.toasts.show(message, { tone: 'bad' })}
    >
      {link.closed === null ? null : <ClosedNotice place={link.closed} />}
    </ShareCard>
  );
}
