import { describe } from 'vitest';
import { findAddon } from '../support/relays.ts';
import { testSizeAttacks } from '../support/size-attack-tests.ts';

/** Over WebTransport, SETUP messages negotiate all versions, because the addon's server cannot select a subprotocol. */
describe.runIf('addon' in findAddon())('over WebTransport', () =>
  testSizeAttacks('WebTransport', [5, 4, 3, 2]),
);
