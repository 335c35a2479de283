import EyeIcon from 'lucide-react/icons/eye';
import type { JSX } from 'react';
import { sourceTexts } from '../capture/source-words.ts';
import { useApp, useAppState } from '../shared/context.ts';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { TicketCard } from '../ticket/TicketCard.tsx';
import { LiveFacts } from './LiveFacts.tsx';
import { LiveScreen } from './LiveScreen.tsx';
import { useLiveModel } from './live-context.ts';
import { liveTitle } from './live-words.ts';
import { PushCard } from './PushCard.tsx';
import { ShareLinkCard } from './ShareLinkCard.tsx';
import { useAppStopDialog } from './use-stop-dialog.tsx';
import { Viewers } from './Viewers.tsx';

/** The app's screen during a broadcast, with the ticket and the viewers. */
export function Live(): JSX.Element {
  const live = useLiveModel();
  const state = useReadable(live.publisher.state);
  const { broadcasts, settings } = useAppState();
  const broadcast = broadcasts.find((entry) => entry.name === state.name) ?? null;
  const viewers = broadcast?.viewers ?? 0;
  // While the bridge is down, main's last report about the broadcast is outdated, so the viewers and the push
  // are not shown.
  const connected = useReadable(useApp().connected);
  const stop = useAppStopDialog();
  return (
    <>
      <LiveScreen
        heading={
          <ScreenHeading className="live-name">
            <span className="only-read">{liveTitle(connected)}: </span>
            {state.name}
          </ScreenHeading>
        }
        interrupted={!connected}
        marks={
          connected ? (
            <span className="live-mark" data-testid="viewers" data-count={viewers} role="status">
              <Icon icon={EyeIcon} size={16} />
              <span>{viewers} watching</span>
            </span>
          ) : null
        }
        side={
          <>
            <TicketCard ticket={broadcast?.ticket ?? null} />
            <ShareLinkCard broadcast={broadcast} />
            {connected ? <PushCard broadcast={broadcast} /> : null}
            {state.name === null || !connected ? null : <Viewers name={state.name} />}
          </>
        }
        below={
          <LiveFacts
            interrupted={!connected}
            encoding={state.encoding}
            broadcast={broadcast}
            uploadLimitBps={settings.uploadLimitBps}
            note={state.note}
            source={sourceTexts[state.source].label}
          />
        }
        onStop={stop.ask}
      />
      {stop.dialog}
    </>
  );
}
