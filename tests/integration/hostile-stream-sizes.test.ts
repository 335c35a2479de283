import { testSizeAttacks } from '../support/size-attack-tests.ts';

/** The same attacks over iroh and WebTransport are in files of their own, so that they run in parallel. */
testSizeAttacks('WebSocket', 5, ['client', 'server']);
testSizeAttacks('WebSocket', 3, ['client', 'server']);
// The app is always the server of its window.
testSizeAttacks('window', 5, ['client']);
