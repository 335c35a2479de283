import { type JSX, useEffect, useState } from 'react';
import { ConnectionBadge } from '../connection/ConnectionBadge.tsx';
import { ConnectionPanel } from '../connection/ConnectionPanel.tsx';
import { HelpDialog } from '../player/HelpDialog.tsx';
import { useIdle } from '../player/idle.ts';
import { LatencySelect } from '../player/LatencySelect.tsx';
import { QualitySelect } from '../player/QualitySelect.tsx';
import { Stage } from '../player/Stage.tsx';
import { usePlayer, usePlayerState } from '../player/use-player.ts';
import { useStage } from '../player/use-stage.ts';
import { VOLUME_STEP, volumeOf } from '../player/volume.ts';
import { WatchLevel } from '../player/WatchLevel.tsx';
import { IconButton } from '../shared/Button.tsx';
import { useApp, useAppState, useSettings } from '../shared/context.ts';
import { useNow, useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { useShortcuts } from '../shared/shortcuts.ts';
import { WatchControls } from './WatchControls.tsx';
import { WatchOverlay } from './WatchOverlay.tsx';
import { watchView } from './watch-view.ts';
import '../player/stage.css';

/** How often it is noted that one still watches, in milliseconds. */
const NOTE_EVERY_MS = 60_000;

/** Somebody's broadcast: the picture fills the window, and what to know lies over it. */
export function Watch({ ticket }: { ticket: string }): JSX.Element {
  const app = useApp();
  const { pulls, recents, connections: links } = useAppState();
  const { volume, muted } = useSettings();
  const connected = useReadable(app.connected);
  const loss = useReadable(app.bridge.loss);
  const player = usePlayer(ticket);
  const state = usePlayerState(player);
  const parts = useStage(player);
  const { stage, chrome, full, pip } = parts;
  const [everPlayed, setEverPlayed] = useState(false);
  const [statsOpen, setStatsOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);

  const pull = pulls.find((entry) => entry.ticket === ticket) ?? null;
  const name = recents.find((entry) => entry.ticket === ticket)?.label.trim() || app.labelOf(ticket);
  const link = links.find(({ use, subject }) => use === 'pull' && subject === ticket) ?? null;
  const waitsForRetry = pull?.state === 'failed' && pull.retryAtMs !== null;
  const nowMs = useNow(1000, waitsForRetry);
  const view = watchView({ connected, loss, pull, player: state, name, everPlayed, nowMs });
  const idle = useIdle(stage, chrome, view.phase === 'live' && !helpOpen && !statsOpen);

  const playing = state?.phase === 'playing';
  useEffect(() => {
    if (playing) setEverPlayed(true);
  }, [playing]);
  // "Watched lately" is about the last time, not the first; a window that crashes is right to a minute.
  useEffect(() => {
    if (!playing) return;
    const note = (): void => app.markWatched(ticket);
    const timer = setInterval(note, NOTE_EVERY_MS);
    return () => {
      clearInterval(timer);
      note();
    };
  }, [app, ticket, playing]);

  const setVolume = (next: number): void => {
    const bounded = volumeOf(next);
    // Turning it up is how people look for the sound that they muted.
    app.changeSettings({ volume: bounded, muted: bounded === 0 ? muted : false });
  };
  const toggleMuted = (): void => app.changeSettings({ muted: !muted });
  const toggleFull = (): void => app.attempt(full.toggle(), 'Full screen did not work');
  const togglePip = (): void => app.attempt(pip.toggle(), 'The small window did not open');

  useShortcuts((key) => {
    if (key === 'm') toggleMuted();
    else if (key === 'f') toggleFull();
    else if (key === 'p' && pip.supported && view.picture !== 'none') togglePip();
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
        picture={view.picture}
        name={name}
        canvasId="watch-canvas"
        onDoubleClick={toggleFull}
      >
        <WatchOverlay
          view={view}
          soundBlocked={state?.audioBlocked ?? false}
          onRetry={() => app.retryPull(ticket)}
          onLeave={() => app.go({ name: 'home' })}
        />
        <div ref={chrome} className="watch-chrome">
          <div className="watch-top">
            <IconButton
              icon="back"
              label="Leave"
              data-testid="leave"
              onClick={() => app.go({ name: 'home' })}
            />
            <ScreenHeading className="watch-name">{name}</ScreenHeading>
            {view.phase === 'live' ? <span className="live-badge">Live</span> : null}
            <ConnectionBadge connection={link} open={statsOpen} onToggle={() => setStatsOpen(!statsOpen)} />
          </div>
          {statsOpen ? (
            <ConnectionPanel connection={link} player={state} downloadBps={pull?.downloadBps ?? 0} />
          ) : null}
          <WatchControls
            volume={volume}
            muted={muted}
            fullScreen={full.active}
            pip={
              pip.supported && view.picture !== 'none'
                ? { active: pip.active, shortcut: true, toggle: togglePip }
                : null
            }
            statsOpen={statsOpen}
            choices={
              <>
                <QualitySelect player={player} state={state} maxLines={app.maxLines} />
                <div className="controls-select controls-latency">
                  <LatencySelect bare />
                </div>
              </>
            }
            onVolume={setVolume}
            onMute={toggleMuted}
            onFullScreen={toggleFull}
            onStats={() => setStatsOpen(!statsOpen)}
            onHelp={() => setHelpOpen(true)}
          />
        </div>
        <WatchLevel player={player} />
      </Stage>
      {helpOpen ? <HelpDialog onClose={() => setHelpOpen(false)} /> : null}
    </main>
  );
}
