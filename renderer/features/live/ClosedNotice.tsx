import type { JSX } from 'react';
import { closedWords } from '../../../common/relay/relay-place.ts';
import { Notice } from '../shared/Notice.tsx';

/** Beside a link that opens for those alone who have a token. `place`: where on the relay it leads to. */
export function ClosedNotice({ place }: { place: string }): JSX.Element {
  const { title, body } = closedWords(place);
  return (
    <div data-testid="closed-notice">
      <Notice tone="warning" title={title}>
        {body}
      </Notice>
    </div>
  );
}
