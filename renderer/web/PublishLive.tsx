import EyeIcon from 'lucide-react/icons/eye';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import type { JSX } from 'react';
import { isBelow } from '../../common/relay/relay-path.ts';
import { sourceTexts } from '../features/capture/source-words.ts';
import { LiveFacts } from '../features/live/LiveFacts.tsx';
import { LiveScreen } from '../features/live/LiveScreen.tsx';
import { liveTitle } from '../features/live/live-words.ts';
import { RestrictedNotice } from '../features/live/RestrictedNotice.tsx';
import { useStopDialog } from '../features/live/use-stop-dialog.tsx';
import { Icon } from '../features/shared/Icon.tsx';
import { useReadable } from '../features/shared/readable.ts';
import { EmbedCode } from '../features/ticket/EmbedCode.tsx';
import { ShareCard } from '../features/ticket/ShareCard.tsx';
import { watchLink } from '../features/ticket/watch-link.ts';
import type { SourceKind } from '../media/shared/source-types.ts';
import type { PublishModel } from './publish-model.ts';
import { RouteBadges } from './RouteBadges.tsx';
import type { RelayConnectionState } from './relay-connection.ts';
import { useViewerCount } from './use-viewer-count.ts';

interface PublishLiveProps {
  model: PublishModel;
  kinds: readonly SourceKind[];
}

/** The screen during a broadcast from a relay's publish page. Shows the broadcast's link and ticket. */
export function PublishLive({ model, kinds }: PublishLiveProps): JSX.Element {
  const state = useReadable(model.live.publisher.state);
  const connection = useReadable(model.connection.state);
  const nameTaken = useReadable(model.nameTaken);
  const info = useReadable(model.relay.info);
  const path = useReadable(model.path);
  const viewers = useViewerCount(model.relay, info && path !== '' ? `${info.ticketBase}${path}` : null);
  // False if the relay was restarted with rules that no longer allow publishing on this path.
  const allowed = info === null || isBelow(info.publish, path);
  const restricted = info !== null && !isBelow(info.publicRead, path);
  const interrupted = !connection.connected || !allowed || nameTaken;
  const stop = useStopDialog(interrupted ? null : peopleWatching(viewers, state.encoding.length > 0));
  const showProblem = (message: string): void => void model.toasts.show(message, { tone: 'bad' });
  const link = watchLink(model.relay.base, path);
  const screen = (
    <LiveScreen
      heading={
        <h1 className="live-name">
          <span className="only-read">{liveTitle(!interrupted)}: </span>
          {path}
        </h1>
      }
      interrupted={interrupted}
      marks={
        viewers === null || interrupted ? null : (
          <span className="live-mark" data-testid="viewers" data-count={viewers} role="status">
            <Icon icon={EyeIcon} size={16} />
            <span>{viewers} watching</span>
          </span>
        )
      }
      status={
        <div className="publish-connection">
          <RouteBadges connection={connection} report={null} />
          {!interrupted ? null : (
            <p className="field-error" role="status">
              <Icon icon={WarningIcon} size={16} />
              <span>{nameTaken ? nameTakenText(path) : problemText(connection)}</span>
            </p>
          )}
        </div>
      }
      side={
        <>
          {restricted ? <RestrictedNotice path={path} /> : null}
          <ShareCard
            text={link}
            title="Invite anyone"
            noun="link"
            lead={
              restricted
                ? 'With a read token, the link opens in any browser.'
                : 'The link opens in any browser.'
            }
            hint={
              restricted
                ? 'Only people with a read token can watch. The relay can see and hear your broadcast.'
                : 'Anyone with this link can watch. The relay can see and hear your broadcast.'
            }
            scan="Scan to watch"
            testId="publish-link"
            copyId="copy-publish-link"
            qrId="publish-link-qr"
            onProblem={showProblem}
            more={restricted ? null : <EmbedCode link={link} onProblem={showProblem} />}
          />
          {/* Apps connect over iroh, which carries no token. */}
          {restricted ? null : (
            <ShareCard
              text={info && `${info.ticketBase}${path}`}
              title="Invite friends who have the app"
              noun="ticket"
              lead="Send this ticket to a friend, who can paste it under “Watch”."
              hint="The ticket contains the relay’s network address, not yours."
              scan="Scan to watch"
              variant="plain"
              testId="publish-ticket"
              copyId="copy-publish-ticket"
              qrId="publish-ticket-qr"
              onProblem={showProblem}
            />
          )}
        </>
      }
      below={
        <LiveFacts
          interrupted={interrupted}
          encoding={state.encoding}
          broadcast={{
            uploadBps: state.encoding.reduce((sum, { bps }) => sum + bps, 0),
            // Without a number from the relay, a track that is being encoded means that there is at least one viewer.
            viewers: viewers ?? (state.encoding.length > 0 ? 1 : 0),
            renditions: null,
          }}
          uploadLimitBps={null}
          note={state.note}
          source={sourceTexts[state.source].label}
        />
      }
      kinds={kinds}
      onStop={stop.ask}
    />
  );
  return (
    <>
      {screen}
      {stop.dialog}
    </>
  );
}

/**
 * Says how many people are watching the broadcast; null if nobody is. `viewers` is null if the relay does not
 * report it; a track that is being encoded then shows that somebody is watching.
 */
function peopleWatching(viewers: number | null, encoding: boolean): string | null {
  if (viewers === null) return encoding ? 'At least one person is watching right now.' : null;
  if (viewers === 0) return null;
  return viewers === 1 ? 'One person is watching right now.' : `${viewers} people are watching right now.`;
}

function nameTakenText(path: string): string {
  return (
    `Another publisher is already using the name “${path}” on this relay, so nobody can watch you there. Stop and choose ` +
    'another name, or wait until that broadcast has ended.'
  );
}

function problemText({ connected, problem }: RelayConnectionState): string {
  if (connected)
    return 'The relay no longer accepts your broadcast. Ask its operator for a token that allows publishing.';
  return problem ?? 'The connection to the relay was lost. Reconnecting…';
}
