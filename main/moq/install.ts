import { installLeakFreeRace } from '../../common/moq/leak-free-race.ts';
import { installRetentionLimit } from './retention.ts';

/**
 * Installs the process-wide workarounds for moq-net: the replaced `Promise.race` and the patched track prototype. Called
 * when a session opens, so that processes without a MoQ session are left alone. Idempotent. See README.md.
 */
export function installMoqWorkarounds(): void {
  installRetentionLimit();
  installLeakFreeRace();
}
