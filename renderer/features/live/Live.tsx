import EyeIcon from 'lucide-react/icons/eye';
import type { JSX } from 'react';
import { sourceTexts } from '../capture/source-words.ts';
import { useAppState } from '../shared/context.ts';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { TicketCard } from '../ticket/TicketCard.tsx';
import { LiveFacts } from './LiveFacts.tsx';
import { LiveScreen } from './LiveScreen.tsx';
import { useLiveModel } from './live-context.ts';
import { PushCard } from './PushCard.tsx';
import { ShareLinkCard } from './ShareLinkCard.tsx';
import { useStopDialog } from './use-stop-dialog.tsx';
import { Viewers } from './Viewers.tsx';

/** The app's screen during a broadcast, with the ticket and the viewers. */
export function Live(): JSX.Element {
  const live = useLiveModel();
  const state = useReadable(live.publisher.state);
  const { broadcasts, settings } = useAppState();
  const broadcast = broadcasts.find((entry) => entry.name === state.name) ?? null;
  const viewers = broadcast?.viewers ?? 0;
  const stop = useStopDialog();
  return (
    <>
      <LiveScreen
        heading={
          <ScreenHeading className="live-name">
            <span className="only-read">You are live: </span>
            {state.name}
          </ScreenHeading>
        }
        marks={
          <span className="live-mark" data-testid="viewers" data-count={viewers} role="status">
            <Icon icon={EyeIcon} size={16} />
            <span>{viewers} watching</span>
          </span>
        }
        side={
          <>
            <TicketCard ticket={broadcast?.ticket ?? null} />
            <ShareLinkCard broadcast={broadcast} />
            <PushCard broadcast={broadcast} />
            {state.name === null ? null : <Viewers name={state.name} />}
          </>
        }
        below={
          <LiveFacts
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
