import { testSizeAttacks } from '../support/size-attack-tests.ts';

/** The same attacks over WebTransport are in hostile-stream-sizes.webtransport.test.ts. */
testSizeAttacks('WebSocket', [5, 4, 3, 2]);
testSizeAttacks('iroh', [5, 4, 3]);
