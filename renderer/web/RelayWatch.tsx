import { type JSX, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { messageOf } from '../../common/base/errors.ts';
import type { Readable } from '../../common/base/store.ts';
import type { PullReport } from '../../common/relay/relay-schemas.ts';
import { useApplyPlayback, usePlayerState } from '../features/player/use-player.ts';
import { useReadable } from '../features/shared/readable.ts';
import { useEverPlayed, WatchScreen } from '../features/watch/WatchScreen.tsx';
import { RouteBadges } from './RouteBadges.tsx';
import type { RelayClient } from './relay-client.ts';
import { DISCONNECTED, type RelayConnectionState } from './relay-connection.ts';
import { RelayPlayback } from './relay-playback.ts';
import { type RelayWatchViewInput, relayWatchView, targetLabel } from './relay-watch-view.ts';
import type { WebSettingsStore } from './web-settings.ts';

// Loaded on demand, because few users open the details.
const WatchDetails = lazy(async () => ({ default: (await import('./WatchDetails.tsx')).WatchDetails }));

interface RelayWatchProps {
  relay: RelayClient;
  settings: WebSettingsStore;
  target: RelayWatchViewInput['target'];
  /** Returns to the landing page; null inside another site's frame. */
  onLeave: (() => void) | null;
  /** Whether audio starts only after a click or key press in the page. */
  audioNeedsGesture: boolean;
  /** Shows an error to the user. */
  onFault(error: unknown): void;
}

/** The Watch screen for a broadcast from a relay. */
export function RelayWatch(props: RelayWatchProps): JSX.Element {
  const { relay, settings, target, onLeave, onFault, audioNeedsGesture } = props;
  const playback = useReadable(settings.settings);
  const [attempt, setAttempt] = useState(0);
  const source = useRelayPlayback(relay, target, audioNeedsGesture, attempt, onFault);
  const player = source?.player ?? null;
  const state = usePlayerState(player);
  useApplyPlayback(player, playback);
  const everPlayed = useEverPlayed(state);
  const connection = useReadable(source?.connection ?? noConnection);
  const report = useReadable(source?.report ?? noReport);
  const info = useReadable(relay.info);
  const [detailsOpen, setDetailsOpen] = useState(false);

  const { connected, problem, refusal } = connection;
  const view = relayWatchView({
    target,
    connected,
    problem,
    refusal,
    info,
    report,
    player: state,
    everPlayed,
  });
  const name = targetLabel(target, report);
  useEffect(() => {
    document.title = view.phase === 'live' ? `${name} · Iroh Live` : `${view.title} · Iroh Live`;
  }, [view.phase, view.title, name]);

  return (
    <WatchScreen
      player={player}
      state={state}
      view={view}
      name={name}
      heading={<h1 className="watch-name">{name}</h1>}
      badge={<RouteBadges connection={connection} report={report} />}
      details={
        <Suspense>
          <WatchDetails connection={connection} report={report} player={state} />
        </Suspense>
      }
      detailsOpen={detailsOpen}
      onToggleDetails={() => setDetailsOpen((open) => !open)}
      playback={playback}
      onPlayback={(patch) => settings.change(patch)}
      maxLines={null}
      leave={onLeave && { label: 'Back to the home page', onLeave }}
      onRetry={() => setAttempt((count) => count + 1)}
      attempt={(work, what) =>
        void work.catch((error: unknown) => onFault(new Error(`${what}: ${messageOf(error)}`)))
      }
    />
  );
}

const noConnection: Readable<RelayConnectionState> = constant(DISCONNECTED);
const noReport: Readable<PullReport | null> = constant<PullReport | null>(null);

function constant<T>(value: T): Readable<T> {
  return { get: () => value, subscribe: () => () => undefined };
}

/**
 * The playback of the target until the component unmounts. A new `attempt` starts over with a new session.
 */
function useRelayPlayback(
  relay: RelayClient,
  { path, kind }: RelayWatchProps['target'],
  audioNeedsGesture: boolean,
  attempt: number,
  onFault: RelayWatchProps['onFault'],
): RelayPlayback | null {
  const [playback, setPlayback] = useState<RelayPlayback | null>(null);
  const fault = useRef(onFault);
  fault.current = onFault;
  // `attempt` is a dependency because each new attempt needs a new session.
  useEffect(() => {
    const opened = new RelayPlayback(relay, path, kind === 'ticket', audioNeedsGesture);
    setPlayback(opened);
    return () => {
      setPlayback(null);
      opened.close().catch((error: unknown) => fault.current(error));
    };
  }, [relay, path, kind, audioNeedsGesture, attempt]);
  return playback;
}
