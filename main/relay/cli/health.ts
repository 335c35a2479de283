import { messageOf } from '../../../common/base/errors.ts';
import { FAILED, OK } from '../../base/exit-status.ts';
import { askOwner } from '../../base/folder-lock.ts';
import { type RelayStatus, relayStatusSchema } from '../relay-status.ts';

/**
 * Runs `relay health` and returns the exit status. Asks the relay for its state through the socket of the
 * data folder's lock, so the check needs no port and works regardless of the relay's options.
 */
export async function runHealth(dataDir: string): Promise<number> {
  try {
    const found = relayStatusSchema.optional().parse(await askOwner(dataDir));
    if (!found) throw new Error(`no relay uses the data folder ${dataDir}`);
    process.stdout.write(`${describe(found)}\n`);
    return OK;
  } catch (error) {
    process.stderr.write(`The relay is not healthy: ${messageOf(error)}\n`);
    return FAILED;
  }
}

function describe({ pid, waitingFor, http }: RelayStatus): string {
  if (waitingFor === 'certificate') return `The relay (process ${pid}) is waiting for its first certificate.`;
  if (waitingFor === 'start') return `The relay (process ${pid}) is starting.`;
  return `The relay (process ${pid}) is at ${http ?? 'an unknown address'}`;
}
