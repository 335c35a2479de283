import type { JSX } from 'react';
import { shortcuts } from '../words.ts';
import { Dialog } from './Dialog.tsx';
import './help.css';

export function HelpDialog({ onClose }: { onClose(): void }): JSX.Element {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="shortcuts">
        {shortcuts.map(({ keys, what }) => (
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
