import { type JSX, useState } from 'react';
import { useAppState } from '../shared/context.ts';
import { ConfirmDialog } from '../shared/Dialog.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveModel } from './live-context.ts';

/**
 * Stops the broadcast. Asks for confirmation first if the broadcast has viewers. Call `ask` when the user
 * wants to stop. Always render `dialog`, which is null while there is nothing to confirm.
 */
export function useStopDialog(): { ask(): void; dialog: JSX.Element | null } {
  const live = useLiveModel();
  const { name } = useReadable(live.publisher.state);
  const viewers = useAppState().broadcasts.find((broadcast) => broadcast.name === name)?.viewers ?? 0;
  const [asking, setAsking] = useState(false);
  return {
    ask: () => (viewers > 0 ? setAsking(true) : live.stop()),
    dialog: asking ? (
      <ConfirmDialog
        title="Stop the broadcast?"
        confirm="Stop"
        cancel="Stay live"
        onConfirm={() => live.stop()}
        onClose={() => setAsking(false)}
      >
        <p>
          {viewers === 1 ? 'One friend is watching right now.' : `${viewers} friends are watching right now.`}
        </p>
      </ConfirmDialog>
    ) : null,
  };
}
