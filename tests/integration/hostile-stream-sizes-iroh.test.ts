import { testSizeAttacks } from '../support/size-attack-tests.ts';

/** iroh passes each byte as a number, so large attacks take longer than over the other transports. */
testSizeAttacks('iroh', 5, ['client', 'server']);
