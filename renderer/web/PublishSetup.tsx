import { type JSX, useState } from 'react';
import { RELAY_TOKEN_PARAM } from '../../common/relay/relay-api.ts';
import { isBelow, relayPathFor } from '../../common/relay/relay-path.ts';
import type { RelayInfo } from '../../common/relay/relay-schemas.ts';
import type { TitledText } from '../../common/words/pull-failure-text.ts';
import { GoLiveScreen, useBroadcastName } from '../features/live/GoLiveScreen.tsx';
import { RestrictedNotice } from '../features/live/RestrictedNotice.tsx';
import { Button } from '../features/shared/Button.tsx';
import { TextField } from '../features/shared/Field.tsx';
import { Notice } from '../features/shared/Notice.tsx';
import { useReadable } from '../features/shared/readable.ts';
import type { SourceKind } from '../media/shared/source-types.ts';
import { hasUserGesture } from '../media/shared/user-gesture.ts';
import type { PublishModel } from './publish-model.ts';
import { refusalText } from './refusal.ts';

interface PublishSetupProps {
  model: PublishModel;
  kinds: readonly SourceKind[];
}

/**
 * The Go Live screen on a relay's publish page. Offers no sources until the relay has confirmed that this
 * page may publish, so that no camera is opened needlessly. Asks for a token if one is needed.
 */
export function PublishSetup({ model, kinds }: PublishSetupProps): JSX.Element {
  const refusal = useReadable(model.relay.refusal);
  const info = useReadable(model.relay.info);
  const { problem } = useReadable(model.connection.state);
  if (refusal) return <NoAccess text={refusalText(refusal)} tokenError={null} />;
  if (!info) {
    return (
      <main className="site">
        <h1 className="home-title">Go live from this page</h1>
        {problem === null ? (
          <p role="status">Connecting to the relay…</p>
        ) : (
          <Notice tone="warning" title="No connection to the relay">
            {problem} This page keeps trying to connect.
          </Notice>
        )}
      </main>
    );
  }
  if (info.publish.length === 0) {
    const tokenError =
      model.relay.token === null ? null : 'Your token does not allow publishing on this relay.';
    return <NoAccess text={null} tokenError={tokenError} />;
  }
  return <SourceSetup model={model} kinds={kinds} info={info} />;
}

/** Explains why this page may not publish, and accepts another token. */
function NoAccess({ text, tokenError }: { text: TitledText | null; tokenError: string | null }): JSX.Element {
  return (
    <main className="site">
      <h1 className="home-title">Go live from this page</h1>
      {text ? (
        <Notice tone="warning" title={text.title}>
          {text.body}
        </Notice>
      ) : null}
      <div className="card site-form">
        <TokenField error={tokenError} />
      </div>
    </main>
  );
}

function SourceSetup({ model, kinds, info }: PublishSetupProps & { info: RelayInfo }): JSX.Element {
  const connection = useReadable(model.connection.state);
  const name = useBroadcastName();
  const path = name.problem ? null : relayPathFor(name.name, info.publish);
  return (
    <GoLiveScreen
      heading={<h1>Go live from this page</h1>}
      name={name}
      nameHint={nameHint(name.name, path)}
      kinds={kinds}
      // Anyone can link to this page, and the browser might have remembered its camera permission. So the
      // camera opens immediately only if the user has already clicked or pressed a key on this page.
      previewAtOnce={hasUserGesture()}
      startLabel={connection.connected ? 'Go live' : 'Connecting to the relay…'}
      startDisabled={!connection.connected}
      startError={connection.problem}
    >
      {path !== null && !isBelow(info.publicRead, path) ? <RestrictedNotice path={path} /> : null}
    </GoLiveScreen>
  );
}

function nameHint(name: string, path: string | null): string {
  const hint =
    'The name is part of the link. A later broadcast under the same name replaces yours on this relay.';
  return path === null || path === name ? hint : `You will go live as “${path}”. ${hint}`;
}

/** A field for the token that allows publishing. Submitting it reloads the page with the new token. */
function TokenField({ error }: { error: string | null }): JSX.Element {
  const [token, setToken] = useState('');
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
        hint="Publishing on this relay needs a token. Ask the relay’s operator for one."
        error={error}
        type="password"
        data-testid="publish-token"
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <Button type="submit">Use this token</Button>
    </form>
  );
}
