import { messageOf } from '../../../common/base/errors.ts';
import { FAILED, OK } from '../../base/exit-status.ts';
import { log, setLogLevel } from '../../base/log.ts';
import { stdoutOutput } from '../../base/output.ts';
import { redact } from '../../base/redact.ts';
import { onSignal, watchParent } from '../../base/signals.ts';
import { withinTime } from '../../base/within-time.ts';
import { Relay } from '../relay.ts';
import type { RelayEvent } from '../relay-events.ts';
import type { RelayOptions } from '../relay-options.ts';
import { DENIES_EVERYTHING, deniesEverything } from './check.ts';

/** How long the shutdown may take before the process exits anyway, in ms. */
const SHUTDOWN_MS = 4_000;

/** Runs the relay until a signal arrives, then exits the process. Never rejects. */
export async function runRelay(
  program: { version: string; webRoot: string },
  options: RelayOptions,
): Promise<void> {
  setLogLevel(options.logLevel);
  const output = stdoutOutput<RelayEvent>(options.json);
  let relay: Relay | undefined;
  const opening = new AbortController();
  let ending = false;
  const end = async (code: number) => {
    if (ending) return;
    ending = true;
    opening.abort(new Error('the relay was stopped while it was starting'));
    await withinTime(Promise.resolve(relay?.close()), {
      timeoutMs: SHUTDOWN_MS,
      timeoutError: () => new Error('the shutdown has reached its deadline'),
    }).catch((error: unknown) => log.warn(messageOf(error)));
    await output.flush();
    process.exit(code);
  };
  const fail = (error: unknown) => {
    log.error(messageOf(error));
    if (error instanceof Error && error.stack) log.debug(error.stack);
    if (!ending) output.event({ event: 'error', message: redact(messageOf(error)) });
    void end(FAILED);
  };
  // After an uncaught error the program's state is unknown, so the process exits and a supervisor can restart
  // the relay.
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  onSignal(
    (signal) => {
      log.info(`ending: ${signal}`);
      void end(OK);
    },
    () => {
      log.info('SIGHUP: reading keys and certificates again');
      void relay?.reload();
    },
  );
  watchParent(() => void end(OK));
  try {
    const { signal } = opening;
    relay = await Relay.open(options, { ...program, signal, onEvent: (event) => output.event(event) });
  } catch (error) {
    if (!ending) fail(error);
    return;
  }
  // A signal arrived while the relay was starting.
  if (ending) return relay.close();
  const { http, webTransport, endpointId } = relay;
  output.event({ event: 'ready', http, webTransport, endpointId });
  output.text(`The relay is at ${http}`);
  if (deniesEverything(options)) log.warn(`${DENIES_EVERYTHING}: see --allow-pull, --public and --auth-key`);
  log.info(`endpoint ${endpointId}; WebTransport ${webTransport ?? 'is not served'}`);
}
