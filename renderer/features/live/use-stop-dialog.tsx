import { type JSX, useState } from 'react';
import { useApp, useAppState } from '../shared/context.ts';
import { ConfirmDialog } from '../shared/Dialog.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveModel } from './live-context.ts';
import { friendsWatching } from './live-words.ts';

/** Lets the user stop the broadcast. */
export interface StopDialog {
  /** Stops the broadcast, after a confirmation if somebody is watching. */
  ask(): void;
  /** The confirmation dialog; null while there is nothing to confirm. The caller must always render it. */
  dialog: JSX.Element | null;
}

/**
 * Stops the broadcast. Asks for confirmation first if somebody is watching.
 *
 * @param watching a sentence that says how many people are watching; null if nobody is
 */
export function useStopDialog(watching: string | null): StopDialog {
  const live = useLiveModel();
  const [asking, setAsking] = useState(false);
  return {
    ask: () => (watching === null ? live.stop() : setAsking(true)),
    dialog: asking ? (
      <ConfirmDialog
        title="Stop the broadcast?"
        confirm="Stop"
        cancel="Stay live"
        onConfirm={() => live.stop()}
        onClose={() => setAsking(false)}
      >
        <p>{watching ?? 'Nobody is watching anymore.'}</p>
      </ConfirmDialog>
    ) : null,
  };
}

/** `useStopDialog` for the app, which knows the viewers of its broadcast. */
export function useAppStopDialog(): StopDialog {
  const live = useLiveModel();
  const { name } = useReadable(live.publisher.state);
  const connected = useReadable(useApp().connected);
  const viewers = useAppState().broadcasts.find((broadcast) => broadcast.name === name)?.viewers ?? 0;
  return useStopDialog(connected ? friendsWatching(viewers) : null);
}
