import BackIcon from 'lucide-react/icons/arrow-left';
import SoundOffIcon from 'lucide-react/icons/volume-off';
import { type JSX, lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import type { Player, PlayerState } from '../../media/shared/player-types.ts';
import { LatencySelect } from '../player/LatencySelect.tsx';
import { PlayerLevel } from '../player/PlayerLevel.tsx';
import { QualitySelect } from '../player/QualitySelect.tsx';
import { Stage } from '../player/Stage.tsx';
import { useIdle } from '../player/use-idle.ts';
import type { PlaybackSettings } from '../player/use-player.ts';
import { useStage } from '../player/use-stage.ts';
import { clampVolume, VOLUME_STEP } from '../player/volume.ts';
import { IconButton } from '../shared/Button.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useShortcuts } from '../shared/shortcuts.ts';
import { useWakeLock } from '../shared/wake-lock.ts';
import { WatchControls } from './WatchControls.tsx';
import { WatchOverlay } from './WatchOverlay.tsx';
import type { WatchView } from './watch-view.ts';
import '../player/stage.css';

// Loaded on demand, because few users open the details and a relay's pages should load fast.
const HelpDialog = lazy(async () => ({ default: (await import('../player/HelpDialog.tsx')).HelpDialog }));

interface WatchScreenProps {
  player: Player | null;
  state: PlayerState | null;
  view: WatchView;
  /** The name of the broadcast. */
  name: string;
  heading: ReactNode;
  /** The connection badge, shown at the top right. */
  badge: ReactNode;
  /** The playback and connection details, rendered while `detailsOpen`. */
  details: ReactNode;
  detailsOpen: boolean;
  onToggleDetails(): void;
  playback: PlaybackSettings;
  onPlayback(patch: Partial<PlaybackSettings>): void;
  /** The largest height to watch, in lines; null means no limit. */
  maxLines: number | null;
  /** Returns to the previous screen; null if there is none. */
  leave: { label: string; onLeave(): void } | null;
  /** Reconnects after a failure. */
  onRetry(): void;
  /** Runs work in the background; a failure shows a toast that starts with `what`. */
  attempt(work: Promise<unknown>, what: string): void;
}

/**
 * A broadcast that fills the window, with overlays and controls on top. Shared by the app and a relay's
 * pages.
 */
export function WatchScreen(props: WatchScreenProps): JSX.Element {
  const { player, state, view, name, detailsOpen, onToggleDetails, playback, onPlayback, leave, attempt } =
    props;
  const { volume, muted, latency } = playback;
  const parts = useStage(player);
  const { stage, chrome, fullScreen, pip } = parts;
  const [helpOpen, setHelpOpen] = useState(false);
  const idle = useIdle(stage, chrome, view.phase === 'live' && !helpOpen && !detailsOpen);

  useWakeLock(view.phase === 'live');

  // False on phones that offer full screen only in their own video player.
  const canFill = document.fullscreenEnabled;
  const canPip = pip.supported && view.video !== 'none';
  const setVolume = (next: number): void => {
    const clamped = clampVolume(next);
    // A user who turns up the volume expects sound, so this also unmutes.
    onPlayback({ volume: clamped, muted: clamped === 0 ? muted : false });
  };
  const toggleMuted = (): void => onPlayback({ muted: !muted });
  const toggleFullScreen = (): void => {
    if (canFill) attempt(fullScreen.toggle(), 'Could not switch to full screen');
  };
  const togglePip = (): void => attempt(pip.toggle(), 'Could not open the small window');

  useShortcuts((key) => {
    if (key === 'm') toggleMuted();
    else if (key === 'f') toggleFullScreen();
    else if (key === 'p' && canPip) togglePip();
    else if (key === 'i') onToggleDetails();
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
        name={name}
        canvasId="watch-canvas"
        onDoubleClick={toggleFullScreen}
      >
        <WatchOverlay
          view={view}
          audioBlocked={state?.audioBlocked ?? false}
          onRetry={props.onRetry}
          onLeave={leave?.onLeave ?? null}
        />
        <div ref={chrome} className="watch-chrome">
          <div className="watch-top">
            {leave ? (
              <IconButton icon={BackIcon} label={leave.label} data-testid="leave" onClick={leave.onLeave} />
            ) : null}
            {props.heading}
            {view.phase === 'live' ? <span className="live-badge">Live</span> : null}
            {props.badge}
          </div>
          {detailsOpen ? props.details : null}
          <WatchControls
            volume={volume}
            muted={muted}
            fullScreen={canFill ? fullScreen.active : null}
            pip={canPip ? { active: pip.active, shortcut: true, toggle: togglePip } : null}
            detailsOpen={detailsOpen}
            selectors={
              <>
                <QualitySelect player={player} state={state} maxLines={props.maxLines} />
                <div className="controls-select">
                  <LatencySelect bare latency={latency} onChange={(next) => onPlayback({ latency: next })} />
                </div>
              </>
            }
            onVolume={setVolume}
            onMute={toggleMuted}
            onFullScreen={toggleFullScreen}
            onDetails={onToggleDetails}
            onHelp={() => setHelpOpen(true)}
          />
        </div>
        {view.soundNote === null ? null : (
          <p className="watch-sound" role="status" data-testid="sound-note">
            <Icon icon={SoundOffIcon} size={16} /> <span>{view.soundNote}</span>
          </p>
        )}
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

/** Whether the player has shown a frame since the component mounted. */
export function useEverPlayed(state: PlayerState | null): boolean {
  const [everPlayed, setEverPlayed] = useState(false);
  const playing = state?.phase === 'playing';
  useEffect(() => {
    if (playing) setEverPlayed(true);
  }, [playing]);
  return everPlayed;
}
