import { describe } from 'vitest';
import { findAddon } from '../support/relays.ts';
import { testSizeAttacks } from '../support/size-attack-tests.ts';

/**
 * SETUP messages negotiate version 02, as they do with browsers, because the addon's server cannot select a
 * subprotocol.
 */
describe.runIf('addon' in findAddon())('over WebTransport', () =>
  testSizeAttacks('WebTransport', 2, ['client', 'server']),
);
