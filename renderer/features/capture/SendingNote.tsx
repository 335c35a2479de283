import InfoIcon from 'lucide-react/icons/info';
import type { JSX } from 'react';
import { Icon } from '../shared/Icon.tsx';
import './facts.css';

/**
 * Explains why viewers get lower quality than the source provides; `note` is null while they get the full
 * quality. Screen readers announce changes.
 */
export function SendingNote({ note }: { note: string | null }): JSX.Element {
  return (
    <div role="status" data-testid="sending-note">
      {note === null ? null : (
        <p className="facts-note">
          <Icon icon={InfoIcon} size={16} />
          <span>{note}</span>
        </p>
      )}
    </div>
  );
}
