import { type JSX, lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { Readable } from '../../common/base/store.ts';
import type { PullReport } from '../../common/relay/relay-api.ts';
import { useIdle } from '../features/player/use-idle.ts';
import { LatencyChoice } from '../features/player/LatencyChoice.tsx';
import { QualitySelect } from '../features/player/QualitySelect.tsx';
import { Stage } from '../features/player/Stage.tsx';
import { usePlayerState } from '../features/player/use-player.ts';
import { useStage } from '../features/player/use-stage.ts';
import { VOLUME_STEP, clampVolume } from '../features/player/volume.ts';
import { PlayerLevel } from '../features/player/PlayerLevel.tsx';
import { IconButton } from '../features/shared/Button.tsx';
import { useReadable } from '../features/shared/readable.ts';
import { useShortcuts } from '../features/shared/shortcuts.ts';
import { WatchControls } from '../features/watch/WatchControls.tsx';
import { WatchOverlay } from '../features/watch/WatchOverlay.tsx';
import { RouteBadges } from './RouteBadges.tsx';
import type { WatchTarget } from './watch-target.ts';
import type { RelayClient } from './relay-client.ts';
import { DISCONNECTED, type RelayConnectionState } from './relay-connection.ts';
import { RelayPlayback } from './relay-playback.ts';
import type { WebSettingsStore } from './web-settings.ts';
import { relayWatchView } from './relay-watch-view.ts';

// Asked for by few: not a part of the first load.
const HelpDialog = lazy(async () => ({
  default: (await import('../features/player/HelpDialog.tsx')).HelpDialog,
}));
const WatchDetails = lazy(async () => ({ default: (await import('./WatchDetails.tsx')).WatchDetails }));

export interface RelayWatchProps {
  relay: RelayClient;
  settings: WebSettingsStore;
  name: Exclude<WatchTarget, { kind: 'none' | 'wrong' }>;
  /** Back to the start; null where there is none, as in another site's frame. */
  onLeave: (() => void) | null;
  /** Work that failed: what, and why. */
  onFault(error: unknown): void;
}

/** A broadcast over a relay: the picture fills the page, and what to know lies over it. */
export function RelayWatch({ relay, settings, name, onLeave, onFault }: RelayWatchProps): JSX.Element {
  const { volume, muted, latency } = useReadable(settings.settings);
  const [attempt, setAttempt] = useState(0);
  const watch = useRelayWatch(relay, name, attempt, onFault);
  const player = watch?.player ?? null;
  const state = usePlayerState(player);
  const link = useReadable(watch?.link ?? noLink);
  const report = useReadable(watch?.report ?? noReport);
  const info = useReadable(relay.info);
  const parts = useStage(player);
  const { stage, chrome, fullScreen: full, pip } = parts;
  const [everPlayed, setEverPlayed] = useState(false);
  const [statsOpen, setStatsOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);

  const { connected, problem } = link;
  const view = relayWatchView({ name, connected, problem, info, report, player: state, everPlayed });
  const idle = useIdle(stage, chrome, view.phase === 'live' && !helpOpen && !statsOpen);

  const playing = state?.phase === 'playing';
  useEffect(() => {
    if (playing) setEverPlayed(true);
  }, [playing]);
  useEffect(() => player?.setVolume(volume), [player, volume]);
  useEffect(() => player?.setMuted(muted), [player, muted]);
  useEffect(() => player?.setLatency(latency), [player, latency]);
  useEffect(() => {
    document.title = view.phase === 'live' ? `${name.label} · Iroh Live` : `${view.title} · Iroh Live`;
  }, [view.phase, view.title, name.label]);

  // Some phones have no full screen for anything but their own player.
  const canFill = document.fullscreenEnabled;
  const setVolume = (next: number): void => {
    const bounded = clampVolume(next);
    // Turning it up is how people look for the sound that they muted.
    settings.change({ volume: bounded, muted: bounded === 0 ? muted : false });
  };
  const toggleMuted = (): void => settings.change({ muted: !muted });
  const toggleFull = (): void => {
    if (canFill) full.toggle().catch(onFault);
  };
  const canPip = pip.supported && view.video !== 'none';
  const togglePip = (): void => {
    pip.toggle().catch(onFault);
  };

  useShortcuts((key) => {
    if (key === 'm') toggleMuted();
    else if (key === 'f') toggleFull();
    else if (key === 'p' && canPip) togglePip();
    else if (key === 'i') setStatsOpen((open) => !open);
    else if (key === '?') setHelpOpen(true);
    else if (key === 'ArrowUp') setVolume(volume + VOLUME_STEP);
    else if (key === 'ArrowDown') setVolume(volume - VOLUME_STEP);
    else return false;
    return true;
  });

  return (
    <main className="watch">
      <Stage
        parts={parts}
        idle={idle}
        video={view.video}
        name={name.label}
        canvasId="watch-canvas"
        onDoubleClick={toggleFull}
      >
        <WatchOverlay
          view={view}
          soundBlocked={state?.audioBlocked ?? false}
          onRetry={() => setAttempt((count) => count + 1)}
          onLeave={() => onLeave?.()}
        />
        <div ref={chrome} className="watch-chrome">
          <div className="watch-top">
            {onLeave ? (
              <IconButton icon="back" label="Back to the start" data-testid="leave" onClick={onLeave} />
            ) : null}
            <h1 className="watch-name">{name.label}</h1>
            {view.phase === 'live' ? <span className="live-badge">Live</span> : null}
            <RouteBadges link={link} report={report} />
          </div>
          {statsOpen ? (
            <Suspense>
              <WatchDetails link={link} report={report} player={state} />
            </Suspense>
          ) : null}
          <WatchControls
            volume={volume}
            muted={muted}
            fullScreen={canFill ? full.active : null}
            pip={canPip ? { active: pip.active, shortcut: true, toggle: togglePip } : null}
            detailsOpen={statsOpen}
            choices={
              <>
                <QualitySelect player={player} state={state} maxLines={null} />
                <div className="controls-select controls-latency">
                  <LatencyChoice
                    bare
                    latency={latency}
                    onChange={(next) => settings.change({ latency: next })}
                  />
                </div>
              </>
            }
            onVolume={setVolume}
            onMute={toggleMuted}
            onFullScreen={toggleFull}
            onDetails={() => setStatsOpen(!statsOpen)}
            onHelp={() => setHelpOpen(true)}
          />
        </div>
        <PlayerLevel player={player} />
      </Stage>
      {helpOpen ? (
        <Suspense>
          <HelpDialog onClose={() => setHelpOpen(false)} />
        </Suspense>
      ) : null}
    </main>
  );
}

const noLink: Readable<RelayConnectionState> = constant(DISCONNECTED);
const noReport: Readable<PullReport | null> = constant<PullReport | null>(null);

function constant<T>(value: T): Readable<T> {
  return { get: () => value, subscribe: () => () => undefined };
}

/** A session and a player for the broadcast, for as long as the page shows it. */
function useRelayWatch(
  relay: RelayClient,
  name: RelayWatchProps['name'],
  attempt: number,
  onFault: RelayWatchProps['onFault'],
): RelayPlayback | null {
  const [watch, setWatch] = useState<RelayPlayback | null>(null);
  const { path, kind } = name;
  const fault = useRef(onFault);
  fault.current = onFault;
  // `attempt`: another one is another session.
  useEffect(() => {
    const opened = new RelayPlayback(relay, path, kind === 'ticket');
    setWatch(opened);
    return () => {
      setWatch(null);
      opened.close().catch((error: unknown) => fault.current(error));
    };
  }, [relay, path, kind, attempt]);
  return watch;
}
