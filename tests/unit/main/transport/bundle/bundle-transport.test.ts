import { stripedPair } from '../../../../support/bundle-pair.ts';
import { transportContract } from '../contract.ts';

const MIB = 1024 * 1024;

transportContract('a bundle of four iroh connections on loopback', () => stripedPair(4), {
  lateStop: true,
  seesEndUnread: true,
  maxAheadBytes: 16 * MIB,
});
