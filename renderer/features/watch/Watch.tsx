import { type JSX, useEffect, useState } from 'react';
import { sanitizeName } from '../../../common/words/display-name.ts';
import { ConnectionBadge } from '../connection/ConnectionBadge.tsx';
import { ConnectionPanel } from '../connection/ConnectionPanel.tsx';
import { usePlaybackSettings, usePlayer, usePlayerState } from '../player/use-player.ts';
import { useApp, useAppState } from '../shared/context.ts';
import { useNow, useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { ticketForName } from '../ticket/ticket-input.ts';
import { useEverPlayed, WatchScreen } from './WatchScreen.tsx';
import { watchView } from './watch-view.ts';

/** Interval between updates of the last-watched time during playback, in milliseconds. */
const RECORD_INTERVAL_MS = 60_000;

/** The app's Watch screen. `ticket` is normalized. */
export function Watch({ ticket }: { ticket: string }): JSX.Element {
  const app = useApp();
  const { pulls, recents, connections } = useAppState();
  const connected = useReadable(app.connected);
  const loss = useReadable(app.bridge.loss);
  const playback = usePlaybackSettings();
  const player = usePlayer(ticket, playback);
  const state = usePlayerState(player);
  const everPlayed = useEverPlayed(state);
  const [detailsOpen, setDetailsOpen] = useState(false);

  const pull = pulls.find((entry) => entry.ticket === ticket) ?? null;
  // If the ticket was damaged in transit, the broadcast might be live under a name other than the ticket's.
  const liveTicket = ticketForName(ticket, pull?.liveName);
  const label = recents.find((entry) => entry.ticket === liveTicket)?.label ?? '';
  const name = sanitizeName(label) || app.labelOf(liveTicket);
  const connection = connections.find(({ use, subject }) => use === 'pull' && subject === ticket) ?? null;
  const retryScheduled = pull?.state === 'failed' && pull.retryAtMs !== null;
  const nowMs = useNow(1000, retryScheduled);
  const view = watchView({ connected, loss, pull, player: state, name, everPlayed, nowMs });

  // Adds the ticket to the recent tickets once it plays. Updates its last-watched time when playback ends,
  // and every minute in case the window crashes.
  const live = view.phase === 'live';
  useEffect(() => {
    if (!live) return;
    const record = (): void => app.markWatched(liveTicket);
    record();
    const timer = setInterval(record, RECORD_INTERVAL_MS);
    return () => {
      clearInterval(timer);
      record();
    };
  }, [app, liveTicket, live]);

  const toggleDetails = (): void => setDetailsOpen((open) => !open);
  return (
    <WatchScreen
      player={player}
      state={state}
      view={view}
      name={name}
      heading={<ScreenHeading className="watch-name">{name}</ScreenHeading>}
      badge={<ConnectionBadge connection={connection} open={detailsOpen} onToggle={toggleDetails} />}
      details={
        <ConnectionPanel connection={connection} player={state} downloadBps={pull?.downloadBps ?? 0} />
      }
      detailsOpen={detailsOpen}
      onToggleDetails={toggleDetails}
      playback={playback}
      onPlayback={(patch) => app.changeSettings(patch)}
      maxLines={app.maxLines}
      leave={{ label: 'Leave', onLeave: () => app.go({ name: 'home' }) }}
      onRetry={() => app.retryPull(ticket)}
      attempt={(work, what) => app.attempt(work, what)}
    />
  );
}
