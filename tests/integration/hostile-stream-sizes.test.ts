import { testSizeAttacks } from '../support/size-attack-tests.ts';

/** Sends the attacks in the newest version that the product negotiates. Other hostile tests cover the other transports. */
testSizeAttacks('WebSocket', [5]);
