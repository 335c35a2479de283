import { expect, it } from 'vitest';
import { embedCode } from '../../../../../renderer/features/ticket/embed-code.ts';
import { watchLink } from '../../../../../renderer/features/ticket/watch-link.ts';

it('the embed code shows the viewer page of the link’s relay, also below a path', () => {
  const code = embedCode(watchLink('https://relay.example:4443/live/', 'iroh-live:abc/a "b" & <c>'));
  expect(code).toContain(
    'src="https://relay.example:4443/live/embed?name=iroh-live:abc/a%20%22b%22%20%26%20%3Cc%3E"',
  );
  expect(code).toContain('allow="autoplay; fullscreen; picture-in-picture; screen-wake-lock"');
});

it('a link with several parameters is escaped for HTML', () => {
  expect(embedCode('https://relay.example/?name=film&jwt=a.b')).toContain(
    'src="https://relay.example/embed?name=film&amp;jwt=a.b"',
  );
});
