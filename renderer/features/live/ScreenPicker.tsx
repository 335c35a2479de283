import { type JSX, useEffect, useState } from 'react';
import { messageOf } from '../../../common/base/errors.ts';
import type { ScreenSource } from '../../../common/bridge/bridge.ts';
import { Button } from '../shared/Button.tsx';
import { useApp } from '../shared/context.ts';
import { Dialog } from '../shared/Dialog.tsx';
import { Notice } from '../shared/Notice.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveModel } from './live-context.ts';
import './screen-picker.css';

/** The app's own screen picker, for systems that have none. */
export function ScreenPicker(): JSX.Element | null {
  const live = useLiveModel();
  const open = useReadable(live.sources.picking);
  return open ? <PickerDialog /> : null;
}

type Listing =
  | { kind: 'loading' }
  | { kind: 'failed'; message: string }
  | { kind: 'there'; sources: ScreenSource[] };

function PickerDialog(): JSX.Element {
  const app = useApp();
  const live = useLiveModel();
  const [listing, setListing] = useState<Listing>({ kind: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    setListing({ kind: 'loading' });
    app.bridge.request('screens.list', null, controller.signal).then(
      (sources) => {
        if (controller.signal.aborted) return;
        setListing({ kind: 'there', sources });
        setChosen((before) => before ?? sources[0]?.id ?? null);
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setListing({ kind: 'failed', message: messageOf(error) });
      },
    );
    return () => controller.abort();
  }, [app, attempt]);
  const share = (): void => {
    if (chosen !== null) live.sources.answerPicker(chosen);
  };
  return (
    <Dialog
      title="What do you want to show?"
      wide
      onClose={() => live.sources.answerPicker(null)}
      actions={
        <>
          <Button onClick={() => setAttempt((count) => count + 1)} icon="retry">
            Look again
          </Button>
          <Button variant="primary" disabled={chosen === null} data-testid="share-screen" onClick={share}>
            Show this
          </Button>
        </>
      }
    >
      {listing.kind === 'loading' ? (
        <p className="picker-wait" role="status">
          <span className="spinner" aria-hidden="true" /> Looking at your screens…
        </p>
      ) : null}
      {listing.kind === 'failed' ? (
        <Notice tone="warning" title="Your screens can’t be listed">
          {listing.message}
        </Notice>
      ) : null}
      {listing.kind === 'there' && listing.sources.length === 0 ? (
        <Notice tone="plain">There is no screen or window to show.</Notice>
      ) : null}
      {listing.kind === 'there' ? (
        <>
          <Group
            title="Screens"
            sources={listing.sources.filter((entry) => entry.kind === 'screen')}
            chosen={chosen}
            onChoose={setChosen}
            onOpen={share}
          />
          <Group
            title="Windows"
            sources={listing.sources.filter((entry) => entry.kind === 'window')}
            chosen={chosen}
            onChoose={setChosen}
            onOpen={share}
          />
        </>
      ) : null}
    </Dialog>
  );
}

interface GroupProps {
  title: string;
  sources: readonly ScreenSource[];
  chosen: string | null;
  onChoose(id: string): void;
  onOpen(): void;
}

function Group({ title, sources, chosen, onChoose, onOpen }: GroupProps): JSX.Element | null {
  if (sources.length === 0) return null;
  return (
    <fieldset className="picker-group">
      <legend className="field-label">{title}</legend>
      <div className="picker-grid">
        {sources.map((source) => (
          <label key={source.id} className="picker-item" onDoubleClick={onOpen}>
            {/* All groups share one name: exactly one thing is shown. */}
            <input
              type="radio"
              name="screen-source"
              checked={chosen === source.id}
              onChange={() => onChoose(source.id)}
            />
            <span className="picker-card">
              <img src={source.thumbnail} alt="" />
              <span className="picker-name">{source.name}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
