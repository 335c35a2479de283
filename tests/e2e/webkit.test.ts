import { describe } from 'vitest';
import { defineRelayJourneys } from '../support/engines/relay-journeys.ts';
import { launchWebKit, webKitPath } from '../support/engines/webkit.ts';

/** Tests a relay's pages in a real WebKit, the engine of Safari. */
describe.skipIf(webKitPath() === undefined)('a relay’s pages in WebKit', () => {
  defineRelayJourneys(launchWebKit);
});
