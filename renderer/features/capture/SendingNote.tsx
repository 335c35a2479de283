import type { JSX } from 'react';
import { Icon } from '../shared/Icon.tsx';
import './facts.css';

/** Why viewers get less than there is; it is said when it comes up. */
export function SendingNote({ note }: { note: string | null }): JSX.Element {
  return (
    <div role="status" data-testid="sending-note">
      {note === null ? null : (
        <p className="facts-note">
          <Icon name="info" size={16} />
          <span>{note}</span>
        </p>
      )}
    </div>
  );
}
