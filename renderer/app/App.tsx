// Imported first, so that the components' rules override these base styles.
import '../styles/base.css';

import { type JSX, useEffect } from 'react';
import { callerIdentity } from '../../common/words/caller-identity.ts';
import { Call } from '../features/call/Call.tsx';
import { CallBar } from '../features/call/CallBar.tsx';
import { CallContext } from '../features/call/call-context.ts';
import { isOngoing } from '../features/call/call-view.ts';
import { Ringing } from '../features/call/Ringing.tsx';
import { flashTitle } from '../features/call/ring-alerts.ts';
import { ConnectionContext } from '../features/connection/connection-context.ts';
import { DropTarget } from '../features/home/DropTarget.tsx';
import { Home } from '../features/home/Home.tsx';
import { RecentsContext } from '../features/home/recents-context.ts';
import { GoLive } from '../features/live/GoLive.tsx';
import { Live } from '../features/live/Live.tsx';
import { LiveBar } from '../features/live/LiveBar.tsx';
import { LiveContext } from '../features/live/live-context.ts';
import { ScreenPicker } from '../features/live/ScreenPicker.tsx';
import { AppContext, useAppState } from '../features/shared/context.ts';
import { useReadable } from '../features/shared/readable.ts';
import { ToastList } from '../features/shared/ToastList.tsx';
import { useWakeLock } from '../features/shared/wake-lock.ts';
import { Watch } from '../features/watch/Watch.tsx';
import type { AppModel } from './app-model.ts';
import { Notices } from './Notices.tsx';
import { Theme } from './Theme.tsx';
import { useTicketConfirmation } from './TicketConfirmation.tsx';
import { TopBar } from './TopBar.tsx';

/*
 * Stable `data-testid` values for end-to-end tests:
 *
 *   home      go-live · ticket-input · watch-button · recents
 *   go live   source-camera · source-screen · source-file · source-test · file-input (hidden <input type=file>)
 *             camera-select · sound-select · choose-screen · live-name · start-live · cancel-start · step-<next step>
 *             share-screen (in the app's own screen picker)
 *   live      stop-live · confirm (if there are viewers) · ticket (its text is the whole ticket) · copy-ticket · qr
 *             viewers (data-count) · mute · picture-off · switch-source · share-link · copy-link · link-qr ·
 *             embed-code · copy-embed-code · push-switch · push-state (data-state=connecting|live|failed)
 *             upload · sent (a list item for each track, data-track) · sending-note (also in calls)
 *   settings  share-relay · push-to · push-token
 *   watch     watch-state (data-state=connecting|waiting|live|ended|failed|disconnected; its text says why)
 *             watch-canvas · watch-level (data-level, 0..1) · mute · volume · stats-toggle · stats · try-now · leave
 *             sound-blocked
 *             connection-badge (data-level=good|fair|poor|unknown) · copy-stats
 *             quality (also in calls) · quality-facts · quality-estimate · quality-changes (in stats)
 *   call      call-start (home) · call-ticket · call-input · call-dial · history · history-call
 *             ringing (data-direction=in|out) · accept-video · accept-sound · decline · block · call-cancel
 *             call (data-state=dialing|ringing|active|reconnecting|ended) · call-remote (canvas) · call-own
 *             call-level (data-level, 0..1) · call-mute · call-camera · call-share · call-devices · hang-up
 *             remote-muted · remote-camera-off · remote-sharing · call-time · call-message · call-length
 *             call-again · name-caller · contact-name · access-ask|auto|blocked · save-contact · call-close
 *             call-compact · call-large (Electron) · call-show (in the bar on other screens)
 *             use-here (another window has the call)
 *             waiting · waiting-decline · waiting-answer (another call during a call)
 *   ticket    ticket-request (data-action=call|watch) · confirm-ticket · discard-ticket
 *             ticket-notice · show-ticket (during a call)
 *   killed    redial-interrupted (after the app was killed during a call)
 *   settings  max-resolution · upload-limit
 *   anywhere  resume-live (after a reload while a screen or file was live) · stop-live in the "You are live" bar
 */

/** The root component of the window. `app` outlives it; the code that created `app` closes it. */
export function App({ app }: { app: AppModel }): JSX.Element {
  return (
    <AppContext value={app}>
      <LiveContext value={app}>
        <CallContext value={app}>
          <ConnectionContext value={app.connections}>
            <RecentsContext value={app.recents}>
              <Theme />
              <Window app={app} />
              <Overlays app={app} />
            </RecentsContext>
          </ConnectionContext>
        </CallContext>
      </LiveContext>
    </AppContext>
  );
}

/** The dialogs and messages that can appear on top of any screen. */
function Overlays({ app }: { app: AppModel }): JSX.Element {
  const ticket = useTicketConfirmation(app);
  return (
    <>
      <ScreenPicker />
      {ticket.dialog}
      <Ringing />
      <DropTarget />
      <ToastList toasts={app.toasts}>{ticket.notice}</ToastList>
    </>
  );
}

function Window({ app }: { app: AppModel }): JSX.Element {
  const screen = useReadable(app.screen);
  const { phase } = useReadable(app.live.publisher.state);
  const { shown, incoming } = useReadable(app.calls.scene);
  const connected = useReadable(app.connected);
  const asks = useAppState().ticketRequest !== null;
  const caller = incoming && callerIdentity(incoming).inSentence;
  useEffect(() => {
    if (caller !== null) return flashTitle(caller);
    // A page in a browser cannot bring itself to the front, so the title informs the user instead.
    if (asks) {
      document.title = 'Open this ticket? · Iroh Live';
      return;
    }
    const titles = {
      home: 'Iroh Live',
      golive: 'Go live · Iroh Live',
      call: 'Call · Iroh Live',
      watch: 'Watching · Iroh Live',
    };
    const liveTitle = connected ? '● Live · Iroh Live' : 'Interrupted · Iroh Live';
    document.title = phase === 'live' ? liveTitle : titles[screen.name];
  }, [screen, phase, connected, caller, asks]);
  const inCall = shown !== null && shown.state !== 'ended';
  // In Electron, the main process keeps the computer awake during a broadcast, so the screen may turn off.
  useWakeLock(inCall || (phase === 'live' && app.info.host === 'browser'));
  useDeviceRelease(app);
  useCloseConfirmation(app);
  // Video fills these screens, so they have no header.
  const watching = screen.name === 'watch' || (screen.name === 'call' && shown !== null);
  return (
    <div className={watching ? 'window window-watch' : 'window'}>
      {watching ? null : <TopBar />}
      <LiveBar />
      <CallBar />
      {watching ? null : <Notices app={app} />}
      {screen.name === 'home' ? <Home key="home" /> : null}
      {screen.name === 'golive' ? phase === 'live' ? <Live key="live" /> : <GoLive key="golive" /> : null}
      {screen.name === 'call' ? <Call key="call" /> : null}
      {screen.name === 'watch' ? <Watch key={screen.ticket} ticket={screen.ticket} /> : null}
    </div>
  );
}

/** Releases the camera and microphone when the user leaves the Go Live screen without going live. */
function useDeviceRelease(app: AppModel): void {
  useEffect(
    () =>
      app.screen.subscribe((screen) => {
        if (screen.name !== 'golive') app.live.leave();
      }),
    [app],
  );
}

/**
 * In a browser, asks for confirmation before the tab closes during a broadcast or call. In the desktop app,
 * main decides whether the window may close.
 */
function useCloseConfirmation(app: AppModel): void {
  useEffect(() => {
    if (app.info.host !== 'browser') return;
    const ask = (event: BeforeUnloadEvent): void => {
      const { shown } = app.calls.scene.get();
      const inCall = shown !== null && isOngoing(shown);
      if (inCall || app.live.publisher.state.get().phase === 'live') event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [app]);
}
