import { installLeakFreeRace } from '../../common/moq/leak-free-race.ts';
import { installRetentionLimit } from './retention.ts';

/**
 * Installs the process-wide workarounds for moq-net (see README.md): the replacement for `Promise.race` and
 * the patched track prototype. Called when a session opens. Idempotent.
 */
export function installMoqWorkarounds(): void {
  installRetentionLimit();
  installLeakFreeRace();
}
