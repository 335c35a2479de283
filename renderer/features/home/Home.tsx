import EyeIcon from 'lucide-react/icons/eye';
import BroadcastIcon from 'lucide-react/icons/radio';
import TicketIcon from 'lucide-react/icons/ticket';
import type { JSX } from 'react';
import { CallHistory } from '../call/CallHistory.tsx';
import { useCallModel } from '../call/call-context.ts';
import { useLiveModel } from '../live/live-context.ts';
import { liveTitle } from '../live/live-words.ts';
import { Button } from '../shared/Button.tsx';
import { useApp, useAppState } from '../shared/context.ts';
import { PhoneIcon } from '../shared/filled-icons.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { TicketForm } from '../ticket/TicketForm.tsx';
import { CallIllustration, LiveIllustration, TicketIllustration } from './Illustrations.tsx';
import { Recents } from './Recents.tsx';
import './home.css';

/** The Home screen, which offers going live, calling and watching. */
export function Home(): JSX.Element {
  const app = useApp();
  const { recents, callHistory } = useAppState();
  const { phase } = useReadable(useLiveModel().publisher.state);
  const dialing = useReadable(useCallModel().dialing);
  const connected = useReadable(app.connected);
  const live = phase === 'live';
  return (
    <main className="home">
      <ScreenHeading className="home-title">Live video, directly to your friends</ScreenHeading>
      <p className="home-lead">No account, no server. Share a ticket, and your friends can watch.</p>
      <div className="home-actions">
        <section className="card home-golive" aria-labelledby="home-golive">
          <LiveIllustration />
          <div className="home-golive-words">
            <h2 id="home-golive">{live ? liveTitle(connected) : 'Stream to your friends'}</h2>
            <p>Stream your camera, your screen or a video directly from this computer.</p>
          </div>
          <Button
            variant="primary"
            size="large"
            icon={BroadcastIcon}
            data-testid="go-live"
            onClick={() => app.go({ name: 'golive' })}
          >
            {live ? 'View my broadcast' : 'Go live'}
          </Button>
        </section>
        <section className="card home-call" aria-labelledby="home-call">
          <CallIllustration />
          <div>
            <h2 id="home-call">Call a friend</h2>
            <p>See and hear each other. Send your call ticket, or open theirs.</p>
          </div>
          <Button
            variant="primary"
            size="large"
            icon={PhoneIcon}
            data-testid="call-start"
            onClick={() => app.go({ name: 'call' })}
          >
            Call a friend
          </Button>
        </section>
        <section className="card home-watch" aria-labelledby="home-watch">
          <TicketIllustration />
          <div>
            <h2 id="home-watch">Watch a friend</h2>
            <p>Paste a ticket that a friend sent you.</p>
          </div>
          <TicketForm dialing={dialing} />
        </section>
      </div>
      {recents.length === 0 && callHistory.length === 0 ? <HowItWorks /> : null}
      <div className="home-lists">
        <CallHistory />
        <Recents />
      </div>
    </main>
  );
}

function HowItWorks(): JSX.Element {
  return (
    <section className="steps" aria-labelledby="how-it-works">
      <h2 id="how-it-works">How it works</h2>
      <ol>
        <li>
          <Icon icon={BroadcastIcon} size={24} />
          <strong>Go live</strong>
          <span>Choose what to show and press one button.</span>
        </li>
        <li>
          <Icon icon={TicketIcon} size={24} />
          <strong>Send the ticket</strong>
          <span>You get it as text and as a QR code. Send either to your friends.</span>
        </li>
        <li>
          <Icon icon={EyeIcon} size={24} />
          <strong>They watch</strong>
          <span>A friend pastes the ticket into their app, and your video streams directly to them.</span>
        </li>
      </ol>
    </section>
  );
}
