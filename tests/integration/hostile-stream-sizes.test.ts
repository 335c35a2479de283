import { testSizeAttacks } from '../support/size-attack-tests.ts';

/** The same attacks over iroh and WebTransport are in separate files, so that they run in parallel. */
testSizeAttacks('WebSocket', 5, ['client', 'server']);
testSizeAttacks('WebSocket', 3, ['client', 'server']);
// The attacker can only be a client here, because the app is always its window's server.
testSizeAttacks('window', 5, ['client']);
