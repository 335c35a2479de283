import type { JSX } from 'react';
import { useApp, useSettings } from '../shared/context.ts';
import '../shared/switch.css';

/** The setting that lets ticket holders list all live broadcasts. A change takes effect immediately. */
export function ListingSetting(): JSX.Element {
  const app = useApp();
  const { listBroadcasts } = useSettings();
  const forced = app.info.listBroadcasts === true;
  return (
    <div className="field">
      <label className="switch">
        <input
          type="checkbox"
          checked={forced || listBroadcasts}
          disabled={forced}
          data-testid="list-broadcasts"
          aria-describedby="list-broadcasts-hint"
          onChange={(event) => app.changeSettings({ listBroadcasts: event.target.checked })}
        />
        <span>Let ticket holders see all of your broadcasts</span>
      </label>
      <p id="list-broadcasts-hint" className="field-hint">
        {forced
          ? 'The app was started with --list-broadcasts, which overrides your setting.'
          : 'iroh-live’s own viewer and “moq play” need this. If this is off, a ticket opens only the broadcast that it names. Changes also apply immediately to people who are already connected.'}
      </p>
    </div>
  );
}
