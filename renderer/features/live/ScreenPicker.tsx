import RetryIcon from 'lucide-react/icons/rotate-cw';
import { type JSX, useEffect, useState } from 'react';
import { messageOf } from '../../../common/base/errors.ts';
import type { ScreenSource } from '../../../common/bridge/bridge.ts';
import { sanitizeName } from '../../../common/words/display-name.ts';
import { Button } from '../shared/Button.tsx';
import { useApp } from '../shared/context.ts';
import { Dialog } from '../shared/Dialog.tsx';
import { Notice } from '../shared/Notice.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveModel } from './live-context.ts';
import './screen-picker.css';

/** The app's own screen picker, for systems without one. */
export function ScreenPicker(): JSX.Element | null {
  const live = useLiveModel();
  const open = useReadable(live.sources.pickerOpen);
  return open ? <PickerDialog /> : null;
}

type Listing =
  | { kind: 'loading' }
  | { kind: 'failed'; message: string }
  | { kind: 'loaded'; sources: ScreenSource[] };

function PickerDialog(): JSX.Element {
  const app = useApp();
  const live = useLiveModel();
  const [listing, setListing] = useState<Listing>({ kind: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const [selected, setSelected] = useState<string | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    setListing({ kind: 'loading' });
    app.bridge.request('screens.list', null, controller.signal).then(
      (sources) => {
        if (controller.signal.aborted) return;
        setListing({ kind: 'loaded', sources });
        // The selected window might be gone after a refresh. In that case, nothing is selected.
        setSelected((before) => (sources.some(({ id }) => id === before) ? before : null));
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setListing({ kind: 'failed', message: messageOf(error) });
      },
    );
    return () => controller.abort();
  }, [app, attempt]);
  const share = (): void => {
    if (selected !== null) live.sources.answerPicker(selected);
  };
  return (
    <Dialog
      title="Choose a screen or window"
      wide
      onClose={() => live.sources.answerPicker(null)}
      actions={
        <>
          <Button onClick={() => setAttempt((count) => count + 1)} icon={RetryIcon}>
            Refresh
          </Button>
          <Button variant="primary" disabled={selected === null} data-testid="share-screen" onClick={share}>
            Share
          </Button>
        </>
      }
    >
      {listing.kind === 'loading' ? (
        <p className="picker-wait" role="status">
          <span className="spinner" aria-hidden="true" /> Loading your screens and windows…
        </p>
      ) : null}
      {listing.kind === 'failed' ? (
        <Notice tone="warning" title="Could not list your screens">
          {listing.message}
        </Notice>
      ) : null}
      {listing.kind === 'loaded' && listing.sources.length === 0 ? (
        <Notice tone="plain">No screens or windows found.</Notice>
      ) : null}
      {listing.kind === 'loaded' ? (
        <>
          <Group
            title="Screens"
            sources={listing.sources.filter((entry) => entry.kind === 'screen')}
            selected={selected}
            onSelect={setSelected}
            onShare={share}
          />
          <Group
            title="Windows"
            sources={listing.sources.filter((entry) => entry.kind === 'window')}
            selected={selected}
            onSelect={setSelected}
            onShare={share}
          />
        </>
      ) : null}
    </Dialog>
  );
}

interface GroupProps {
  title: string;
  sources: readonly ScreenSource[];
  selected: string | null;
  onSelect(id: string): void;
  onShare(): void;
}

function Group({ title, sources, selected, onSelect, onShare }: GroupProps): JSX.Element | null {
  if (sources.length === 0) return null;
  return (
    <fieldset className="picker-group">
      <legend className="field-label">{title}</legend>
      <div className="picker-grid">
        {sources.map((source) => (
          <label key={source.id} className="picker-item" onDoubleClick={onShare}>
            {/* All groups share one name, so that exactly one source is selected. */}
            <input
              type="radio"
              name="screen-source"
              checked={selected === source.id}
              onChange={() => onSelect(source.id)}
            />
            <span className="picker-card">
              <img src={source.thumbnail} alt="" />
              <span className="picker-name">{sanitizeName(source.name)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
