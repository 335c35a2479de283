import { type JSX, useEffect, useRef, useState } from 'react';
import { RELAY_TOKEN_PARAM } from '../../common/relay/relay-api.ts';
import { isBelow, relayPathFor } from '../../common/relay/relay-path.ts';
import { broadcastNameProblem, MAX_NAME_CHARS } from '../../common/ticket/broadcast-name.ts';
import { LevelMeter } from '../features/capture/LevelMeter.tsx';
import { RestrictedNotice } from '../features/live/RestrictedNotice.tsx';
import { Preview } from '../features/live/Preview.tsx';
import { focusPicker, SourcePicker } from '../features/live/SourcePicker.tsx';
import { SourceProblem } from '../features/live/SourceProblem.tsx';
import { Button } from '../features/shared/Button.tsx';
import { TextField } from '../features/shared/Field.tsx';
import { Icon } from '../features/shared/Icon.tsx';
import { useReadable } from '../features/shared/readable.ts';
import type { SourceKind } from '../media/shared/types.ts';
import type { PublishModel } from './publish-model.ts';
import '../features/live/go-live.css';

/** Before going live from a page: what to show, under which name, and what the relay asks for. */
export function PublishSetup({
  model,
  offered,
}: {
  model: PublishModel;
  offered: readonly SourceKind[];
}): JSX.Element {
  const state = useReadable(model.live.publisher.state);
  const choice = useReadable(model.live.sources.selection);
  const starting = useReadable(model.live.starting);
  const link = useReadable(model.connection.link);
  const info = useReadable(model.relay.info);
  const { settings } = useReadable(model.state);
  const [name, setName] = useState(settings.broadcastName);
  const [nameWanted, setNameWanted] = useState(false);
  const setup = useRef<HTMLDivElement>(null);
  useEffect(() => model.live.openPreview(), [model]);

  const trimmed = name.trim();
  const nameProblem = broadcastNameProblem(trimmed);
  const sounding = state.audio === 'on' || state.audio === 'starting';
  const barred = info !== null && info.publish.length === 0;
  const place = nameProblem || info === null ? null : relayPathFor(trimmed, info.publish);

  const start = (): void => {
    if (starting || barred || !link.connected) return;
    if (nameProblem) {
      setNameWanted(true);
      setup.current?.querySelector<HTMLElement>('[data-testid=live-name]')?.focus();
    } else if (choice.kind === 'file' && choice.file === null) {
      model.toasts.show('Choose a file first.');
      focusPicker(setup.current, 'file');
    } else {
      model.live.start(trimmed);
    }
  };

  return (
    <main className="golive">
      <h1>Go live from this page</h1>
      <div className="golive-columns">
        <div className="golive-stage">
          <Preview />
          <div className="golive-level">
            {sounding ? (
              <>
                <Icon name="mic" size={18} />
                <LevelMeter level={model.live.publisher.level} label="Your sound" />
              </>
            ) : null}
          </div>
          <SourceProblem onChoose={(device) => focusPicker(setup.current, device)} />
        </div>
        <div className="golive-setup card" ref={setup}>
          <SourcePicker offered={offered} />
          <TextField
            label="Name"
            hint={nameHint(trimmed, place)}
            error={nameWanted ? nameProblem : null}
            data-testid="live-name"
            value={name}
            maxLength={MAX_NAME_CHARS}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') start();
            }}
          />
          {barred ? <TokenField model={model} /> : null}
          {info && place !== null && !isBelow(info.publicRead, place) ? <RestrictedNotice place={place} /> : null}
          <div className="golive-start">
            <Button
              variant="primary"
              size="large"
              {...(starting ? {} : { icon: 'broadcast' })}
              aria-busy={starting}
              disabled={barred || !link.connected}
              data-testid="start-live"
              onClick={start}
            >
              {starting ? <span className="spinner" aria-hidden="true" /> : null}
              {starting ? 'Starting…' : link.connected ? 'Go live' : 'Connecting to the relay…'}
            </Button>
            {starting ? (
              <Button size="large" data-testid="cancel-start" onClick={() => model.live.cancelStart()}>
                Cancel
              </Button>
            ) : null}
            {link.problem ? (
              <p className="field-error" role="status">
                <Icon name="warning" size={16} /> <span>{link.problem}</span>
              </p>
            ) : null}
          </div>
        </div>
      </div>
    </main>
  );
}

function nameHint(name: string, place: string | null): string {
  const shared = 'It is part of the link. Whoever else uses it on this relay takes your place.';
  return place === null || place === name ? shared : `You go live as “${place}”. ${shared}`;
}

/** The relay lets only those publish who have a token: the page begins anew with it. */
function TokenField({ model }: { model: PublishModel }): JSX.Element {
  const [token, setToken] = useState('');
  const given = useReadable(model.relay.token) !== null;
  return (
    <form
      className="publish-token"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() === '') return;
        const url = new URL(location.href);
        url.searchParams.set(RELAY_TOKEN_PARAM, token.trim());
        location.assign(url);
      }}
    >
      <TextField
        label="Token"
        hint="This relay lets only those publish who have a token. Ask whoever runs it."
        error={given ? 'The token that you have is not for publishing here.' : null}
        type="password"
        data-testid="publish-token"
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <Button type="submit">Use this token</Button>
    </form>
  );
}
