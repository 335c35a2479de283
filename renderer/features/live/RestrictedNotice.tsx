import type { JSX } from 'react';
import { tokenRequiredText } from '../../../common/relay/relay-path.ts';
import { Notice } from '../shared/Notice.tsx';

/** Warns that watching the broadcast needs a token. `path` is the broadcast's path on the relay. */
export function RestrictedNotice({ path }: { path: string }): JSX.Element {
  const { title, body } = tokenRequiredText(path);
  return (
    <div data-testid="closed-notice">
      <Notice tone="warning" title={title}>
        {body}
      </Notice>
    </div>
  );
}
