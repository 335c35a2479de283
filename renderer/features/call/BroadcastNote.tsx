import BroadcastIcon from 'lucide-react/icons/radio';
import type { JSX } from 'react';
import { useLiveModel } from '../live/live-context.ts';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { broadcastText } from './broadcast-mute.ts';
import { useCallModel } from './call-context.ts';
import '../shared/switch.css';
import './broadcast-note.css';

/**
 * Tells a live user what viewers of the broadcast see and hear during a call, and offers to mute the
 * broadcast. Set `sayLive` in a dialog that covers the "You are live" bar.
 */
export function BroadcastNote({ sayLive = false }: { sayLive?: boolean }): JSX.Element | null {
  const { broadcastMute } = useCallModel();
  const state = useReadable(useLiveModel().publisher.state);
  const wanted = useReadable(broadcastMute.wanted);
  if (state.phase !== 'live') return null;
  // The switch is hidden if the broadcast has no sound or the user has already muted it.
  const canMute = wanted || state.audio === 'on';
  return (
    <section className="broadcast-note" aria-label="Your broadcast" data-testid="broadcast-note">
      <p className="broadcast-words" role="status">
        <Icon icon={BroadcastIcon} size={18} />
        <span>
          {sayLive ? <strong>You are live. </strong> : null}
          {broadcastText(state)}
        </span>
      </p>
      {canMute ? (
        <label className="switch">
          <input
            type="checkbox"
            checked={wanted}
            data-testid="mute-broadcast"
            onChange={(event) => broadcastMute.set(event.target.checked)}
          />
          <span>Mute your broadcast during this call</span>
        </label>
      ) : null}
    </section>
  );
}
