import CheckIcon from 'lucide-react/icons/check';
import ClockIcon from 'lucide-react/icons/clock';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import { type JSX, useId } from 'react';
import type { BroadcastState } from '../../../common/bridge/bridge.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { Icon, type IconShape } from '../shared/Icon.tsx';
import { pushTargetName } from './share-link.ts';
import './push-card.css';
import '../shared/switch.css';

const states: Record<'connecting' | 'live' | 'failed', { icon: IconShape; text: string }> = {
  connecting: { icon: ClockIcon, text: 'Connecting to the relay…' },
  live: { icon: CheckIcon, text: 'The relay is receiving your broadcast.' },
  failed: { icon: WarningIcon, text: 'The relay is not receiving your broadcast.' },
};

/**
 * A card with a switch for pushing the broadcast to the relay from the settings. Also shows the state of the
 * push.
 */
export function PushCard({ broadcast }: { broadcast: BroadcastState | null }): JSX.Element | null {
  const app = useApp();
  const { pushTo, pushing } = useSettings();
  const headingId = useId();
  if (pushTo.trim() === '') return null;
  const state = broadcast?.push?.state ?? 'connecting';
  const message = broadcast?.push?.message || states[state].text;
  return (
    <section className="card push" aria-labelledby={headingId}>
      <h2 id={headingId}>Send through a relay</h2>
      <p className="push-lead">You send one copy, and the relay forwards it to all of its viewers.</p>
      <label className="switch">
        <input
          type="checkbox"
          checked={pushing}
          data-testid="push-switch"
          onChange={(event) => app.changeSettings({ pushing: event.target.checked })}
        />
        <span>Send to {pushTargetName(pushTo)}</span>
      </label>
      {pushing ? (
        <p className="push-state" role="status" data-testid="push-state" data-state={state}>
          <Icon icon={states[state].icon} size={18} />
          <span>{message}</span>
        </p>
      ) : null}
    </section>
  );
}
