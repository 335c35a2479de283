import { type JSX, useState } from 'react';
import { RELAY_TOKEN_PARAM } from '../../common/relay/relay-api.ts';
import { isBelow, relayPathFor } from '../../common/relay/relay-path.ts';
import { GoLiveScreen, useBroadcastName } from '../features/live/GoLiveScreen.tsx';
import { RestrictedNotice } from '../features/live/RestrictedNotice.tsx';
import { Button } from '../features/shared/Button.tsx';
import { TextField } from '../features/shared/Field.tsx';
import { useReadable } from '../features/shared/readable.ts';
import type { SourceKind } from '../media/shared/types.ts';
import { hasUserGesture } from '../media/shared/user-gesture.ts';
import type { PublishModel } from './publish-model.ts';

interface PublishSetupProps {
  model: PublishModel;
  kinds: readonly SourceKind[];
}

/** The Go Live screen on a relay's publish page, with a token field if publishing requires a token. */
export function PublishSetup({ model, kinds }: PublishSetupProps): JSX.Element {
  const connection = useReadable(model.connection.state);
  const info = useReadable(model.relay.info);
  const name = useBroadcastName();
  const tokenNeeded = info !== null && info.publish.length === 0;
  const path = name.problem || info === null ? null : relayPathFor(name.name, info.publish);
  return (
    <GoLiveScreen
      heading={<h1>Go live from this page</h1>}
      name={name}
      nameHint={nameHint(name.name, path)}
      kinds={kinds}
      // A link can open this page, and the browser may have permitted the camera on an earlier visit.
      // Therefore, the camera opens at once only if the user has already clicked or pressed a key.
      previewAtOnce={hasUserGesture()}
      startLabel={connection.connected ? 'Go live' : 'Connecting to the relay…'}
      startDisabled={tokenNeeded || !connection.connected}
      startError={connection.problem}
    >
      {tokenNeeded ? <TokenField hasToken={model.relay.token !== null} /> : null}
      {info && path !== null && !isBelow(info.publicRead, path) ? <RestrictedNotice path={path} /> : null}
    </GoLiveScreen>
  );
}

function nameHint(name: string, path: string | null): string {
  const hint =
    'The name is part of the link. A later broadcast under the same name replaces yours on this relay.';
  return path === null || path === name ? hint : `You will go live as “${path}”. ${hint}`;
}

/** A field for the token that allows publishing. Submitting it reloads the page with the new token. */
function TokenField({ hasToken }: { hasToken: boolean }): JSX.Element {
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
        error={hasToken ? 'Your token does not allow publishing on this relay.' : null}
        type="password"
        data-testid="publish-token"
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <Button type="submit">Use this token</Button>
    </form>
  );
}
