import { describe } from 'vitest';
import { firefoxPath, launchFirefox } from '../support/engines/firefox.ts';
import { defineRelayJourneys } from '../support/engines/relay-journeys.ts';

/** Tests a relay's pages in a real Firefox. */
describe.skipIf(firefoxPath() === undefined)('a relay’s pages in Firefox', () => {
  defineRelayJourneys(launchFirefox);
});
