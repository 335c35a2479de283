import type { JSX } from 'react';
import { Dialog } from '../shared/Dialog.tsx';
import './help-dialog.css';

/** A row in the shortcut list: the keys and their effect. */
export interface ShortcutHelp {
  readonly keys: readonly string[];
  readonly what: string;
}

const watchShortcuts: readonly ShortcutHelp[] = [
  { keys: ['M'], what: 'Mute or unmute' },
  { keys: ['↑', '↓'], what: 'Turn the volume up or down' },
  { keys: ['F'], what: 'Full screen' },
  { keys: ['Esc'], what: 'Exit full screen' },
  { keys: ['P'], what: 'Small window (picture in picture)' },
  { keys: ['I'], what: 'Video and network details' },
  { keys: ['?'], what: 'Show this list' },
];

interface HelpDialogProps {
  /** The shortcuts to list. Default: those of the Watch screen. */
  shortcuts?: readonly ShortcutHelp[];
  onClose(): void;
}

/** Lists the keyboard shortcuts of a screen. */
export function HelpDialog({ shortcuts = watchShortcuts, onClose }: HelpDialogProps): JSX.Element {
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
