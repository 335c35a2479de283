import WindowIcon from 'lucide-react/icons/app-window';
import BackIcon from 'lucide-react/icons/arrow-left';
import MicOffIcon from 'lucide-react/icons/mic-off';
import ScreenIcon from 'lucide-react/icons/monitor';
import CameraOffIcon from 'lucide-react/icons/video-off';
import { type JSX, useEffect, useState } from 'react';
import { CALLS_PREFIX, type CallState } from '../../../common/bridge/bridge.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import { ProblemNotice } from '../capture/ProblemNotice.tsx';
import { ConnectionBadge } from '../connection/ConnectionBadge.tsx';
import { ConnectionPanel } from '../connection/ConnectionPanel.tsx';
import { HelpDialog } from '../player/HelpDialog.tsx';
import { PlayerLevel } from '../player/PlayerLevel.tsx';
import { QualitySelect } from '../player/QualitySelect.tsx';
import { Stage } from '../player/Stage.tsx';
import { useIdle } from '../player/use-idle.ts';
import { usePlayer, usePlayerState } from '../player/use-player.ts';
import { useStage } from '../player/use-stage.ts';
import { clampVolume, VOLUME_STEP } from '../player/volume.ts';
import { IconButton } from '../shared/Button.tsx';
import { useApp, useAppState, useSettings } from '../shared/context.ts';
import { Dialog } from '../shared/Dialog.tsx';
import { formatElapsed } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { useNow, useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { useShortcuts } from '../shared/shortcuts.ts';
import { BroadcastNote } from './BroadcastNote.tsx';
import { CallControls } from './CallControls.tsx';
import { CallDevices } from './CallDevices.tsx';
import { CallOverlay } from './CallOverlay.tsx';
import { CallStart } from './CallStart.tsx';
import { CallWaiting } from './CallWaiting.tsx';
import { CompactControls } from './CompactControls.tsx';
import { useCallModel, useCompactWindow } from './call-context.ts';
import { ownStatus } from './call-sender.ts';
import { callView, isOngoing } from './call-view.ts';
import { callShortcuts } from './call-words.ts';
import { SelfView } from './SelfView.tsx';
import '../player/stage.css';
import './call.css';

/** The Call screen. Shows the current call, the end of the last call, or the form for starting a call. */
export function Call(): JSX.Element {
  const calls = useCallModel();
  const { shown } = useReadable(calls.scene);
  return shown ? <CallStage key={shown.id} call={shown} /> : <CallStart />;
}

/** The view of one call: the remote video fills the window, with overlays and controls on top. */
function CallStage({ call }: { call: CallState }): JSX.Element {
  const app = useApp();
  const calls = useCallModel();
  const compactWindow = useCompactWindow();
  const { connections, waitingCalls } = useAppState();
  const { volume } = useSettings();
  const connected = useReadable(app.connected);
  const preferences = useReadable(calls.sender.preferences);
  const own = useReadable(calls.sender.publisher.state);
  const compact = useReadable(compactWindow.active);
  const inOtherWindow = useReadable(calls.inOtherWindow);
  const loss = useReadable(app.bridge.loss);
  const released = useReadable(calls.released);
  const up = isOngoing(call) && !inOtherWindow && !released;
  const player = usePlayer(up ? `${CALLS_PREFIX}/${call.id}/in` : null, {
    volume,
    muted: false,
    // A conversation needs the lowest possible delay, so the playback delay in the settings does not apply.
    latency: 'real-time',
  });
  const state = usePlayerState(player);
  const parts = useStage(player);
  const { stage, chrome, fullScreen, pip } = parts;
  const [everPlayed, setEverPlayed] = useState(false);
  const [detailsOpen, setDetailsOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);
  const [devicesOpen, setDevicesOpen] = useState(false);
  const nowMs = useNow(1000, up);

  const who = callerIdentity(call);
  const { muted } = ownStatus(preferences, own);
  const view = callView({ call, muted, connected, loss, released, player: state, everPlayed, inOtherWindow });
  const connection = connections.find(({ use, subject }) => use === 'call' && subject === call.id) ?? null;
  // The controls stay visible while another call is waiting, because they include the buttons for the waiting
  // call.
  const mayHide = view.overlay === null && waitingCalls.length === 0;
  const idle = useIdle(stage, chrome, mayHide && !detailsOpen && !helpOpen && !compact);

  useEffect(() => {
    if (view.video === 'moving') setEverPlayed(true);
  }, [view.video]);
  // Restores the full-size window when the call ends or the user leaves this screen.
  useEffect(() => {
    if (!up) compactWindow.leave();
    return () => compactWindow.leave();
  }, [compactWindow, up]);

  const hasPicture = view.video !== 'none';
  const setVolume = (next: number): void => app.changeSettings({ volume: clampVolume(next) });
  const toggleFull = (): void => app.attempt(fullScreen.toggle(), 'Could not switch to full screen');
  const togglePip = (): void => app.attempt(pip.toggle(), 'Could not open the small window');
  const toggleSmall = (): void => {
    if (compact) compactWindow.leave();
    else if (compactWindow.supported) compactWindow.enter();
    else if (pip.supported && hasPicture) togglePip();
  };
  const toggleShare = (): void => {
    if (preferences.sharing) calls.sender.stopSharing();
    else app.attempt(calls.sender.share(), 'Could not share the screen');
  };
  const leave = (): void => {
    if (call.state === 'ended') calls.dismiss(call);
    app.go({ name: 'home' });
  };

  useShortcuts((key) => {
    if (key === '?') setHelpOpen(true);
    else if (!up) return false;
    else if (key === 'm') calls.sender.setMuted(!muted);
    else if (key === 'c' && !preferences.sharing)
      calls.sender.setVideo(!preferences.video || own.video === 'failed');
    else if (key === 's') toggleShare();
    else if (key === 'f') toggleFull();
    else if (key === 'p') toggleSmall();
    else if (key === 'i') setDetailsOpen((open) => !open);
    else if (key === 'h') calls.hangUp(call);
    else if (key === 'ArrowUp') setVolume(volume + VOLUME_STEP);
    else if (key === 'ArrowDown') setVolume(volume - VOLUME_STEP);
    else return false;
    return true;
  });

  return (
    <main className="watch call" data-testid="call" data-state={call.state} data-compact={compact}>
      <Stage
        parts={parts}
        idle={idle}
        video={view.video}
        name={who.name}
        canvasId="call-remote"
        onDoubleClick={toggleFull}
      >
        <CallOverlay call={call} view={view} audioBlocked={state?.audioBlocked ?? false} onLeave={leave} />
        {up ? <SelfView /> : null}
        <div ref={chrome} className="watch-chrome">
          <div className="watch-top">
            {compact ? null : (
              <IconButton icon={BackIcon} label="Back to home" data-testid="leave" onClick={leave} />
            )}
            <ScreenHeading className="watch-name call-name">
              <bdi className="call-who">{who.name}</bdi>
              {who.id ? <span className="call-id"> {who.id}</span> : null}
            </ScreenHeading>
            {connected && call.state === 'active' && call.activeAtMs !== null ? (
              <span className="call-time" data-testid="call-time">
                {formatElapsed(nowMs - call.activeAtMs)}
              </span>
            ) : null}
            {up && connected ? <RemoteMarks call={call} /> : null}
            {up && connected ? (
              <ConnectionBadge
                connection={connection}
                open={detailsOpen}
                onToggle={() => setDetailsOpen(!detailsOpen)}
              />
            ) : null}
          </div>
          {call.state === 'ended' ? null : <CallWaiting />}
          {up && !compact ? <BroadcastNote /> : null}
          {detailsOpen && up && connected && !compact ? (
            <ConnectionPanel
              connection={connection}
              player={state}
              sending={own.encoding}
              sendingNote={own.note}
            />
          ) : null}
          {up && own.problem && !compact ? (
            <div className="call-problem">
              <ProblemNotice
                problem={own.problem}
                onDismiss={() => calls.sender.publisher.dismissProblem()}
              />
            </div>
          ) : null}
          {up && !compact ? (
            <CallControls
              fullScreen={fullScreen.active}
              pip={
                pip.supported && hasPicture
                  ? { active: pip.active, shortcut: !compactWindow.supported, toggle: togglePip }
                  : null
              }
              quality={<QualitySelect player={player} state={state} maxLines={app.maxLines} />}
              detailsOpen={detailsOpen}
              onVolume={setVolume}
              onShare={toggleShare}
              onDevices={() => setDevicesOpen(true)}
              onFullScreen={toggleFull}
              onDetails={() => setDetailsOpen(!detailsOpen)}
              onHelp={() => setHelpOpen(true)}
              onHangUp={() => calls.hangUp(call)}
            />
          ) : null}
          {up && compact ? <CompactControls call={call} /> : null}
        </div>
        <PlayerLevel player={player} testId="call-level" />
      </Stage>
      {helpOpen ? <HelpDialog shortcuts={callShortcuts} onClose={() => setHelpOpen(false)} /> : null}
      {devicesOpen ? (
        <Dialog title="Camera and microphone" onClose={() => setDevicesOpen(false)}>
          <CallDevices />
        </Dialog>
      ) : null}
    </main>
  );
}

/**
 * Badges that show whether the peer has closed its window, muted its microphone, turned off its camera, or is
 * sharing a screen.
 */
function RemoteMarks({ call }: { call: CallState }): JSX.Element | null {
  const { remote } = call;
  if (!remote) return null;
  if (remote.away) {
    return (
      <span className="call-mark" role="status" data-testid="remote-away">
        <Icon icon={WindowIcon} size={15} /> Window closed
      </span>
    );
  }
  return (
    <>
      {remote.muted ? (
        <span className="call-mark" role="status" data-testid="remote-muted">
          <Icon icon={MicOffIcon} size={15} /> Muted
        </span>
      ) : null}
      {remote.pictureOff ? (
        <span className="call-mark" role="status" data-testid="remote-camera-off">
          <Icon icon={CameraOffIcon} size={15} /> Camera off
        </span>
      ) : null}
      {remote.sharing ? (
        <span className="call-mark" role="status" data-testid="remote-sharing">
          <Icon icon={ScreenIcon} size={15} /> Sharing a screen
        </span>
      ) : null}
    </>
  );
}
