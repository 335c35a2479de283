import type { JSX } from 'react';
import type { BroadcastState } from '../../../common/bridge/bridge.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { EmbedCode } from '../ticket/EmbedCode.tsx';
import { ShareCard } from '../ticket/ShareCard.tsx';
import { RestrictedNotice } from './RestrictedNotice.tsx';
import { shareLink } from './share-link.ts';

/**
 * A card with the link for watching in a browser. Renders nothing if no relay serves links to the broadcast.
 */
export function ShareLinkCard({ broadcast }: { broadcast: BroadcastState | null }): JSX.Element | null {
  const app = useApp();
  const settings = useSettings();
  const link = broadcast && shareLink(settings, broadcast);
  if (!link) return null;
  const showProblem = (message: string): void => void app.toasts.show(message, { tone: 'bad' });
  return (
    <ShareCard
      text={link.url}
      noun="link"
      title="Watch in a browser"
      lead={
        link.restrictedPath === null
          ? 'For friends without the app. The link opens in any browser.'
          : 'For friends without the app who have a token.'
      }
      hint="The relay forwards your broadcast while someone is watching. The relay’s operator can see and hear it."
      scan="Scan to watch in a browser"
      testId="share-link"
      copyId="copy-link"
      qrId="link-qr"
      variant="plain"
      onProblem={showProblem}
      more={link.restrictedPath === null ? <EmbedCode link={link.url} onProblem={showProblem} /> : null}
    >
      {link.restrictedPath === null ? null : <RestrictedNotice path={link.restrictedPath} />}
    </ShareCard>
  );
}
