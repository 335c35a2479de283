import { installLeakFreeRace } from '../../common/moq/leak-free-race.ts';
import { installRetentionLimit } from './retention.ts';

/**
 * Installs the process-wide workarounds for moq-net: the replacement for `Promise.race` and the patched track
 * prototype. Called when a session opens, so a process without MoQ sessions is not affected. Idempotent. See
 * README.md.
 */
export function installMoqWorkarounds(): void {
  installRetentionLimit();
  installLeakFreeRace();
}
