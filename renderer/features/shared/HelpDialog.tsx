import type { JSX } from 'react';
import { Dialog } from './Dialog.tsx';
import { callShortcuts, shortcuts } from './words.ts';
import './help-dialog.css';

export function HelpDialog({
  about = 'watch',
  onClose,
}: {
  about?: 'watch' | 'call';
  onClose(): void;
}): JSX.Element {
  const list = about === 'call' ? callShortcuts : shortcuts;
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="shortcuts">
        {list.map(({ keys, what }) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
