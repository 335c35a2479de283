import { messageOf } from '../../../common/base/errors.ts';
import { log, setLogLevel } from '../../base/log.ts';
import { stdoutOutput } from '../../base/output.ts';
import { redact } from '../../base/redact.ts';
import { onSignal, watchParent } from '../../base/signals.ts';
import { Relay } from '../relay.ts';
import type { RelayEvent } from '../relay-events.ts';
import type { RelayOptions } from '../relay-options.ts';

const OK = 0;
const FAILED = 1;

/** From a signal to the end of the process, at most, in milliseconds. What has not closed by then is left behind. */
const SHUTDOWN_MS = 4_000;

/** Runs the relay until a signal comes, then ends the process. Never rejects. */
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
    opening.abort(new Error('ended while it began'));
    const { promise: deadline, resolve } = Promise.withResolvers<void>();
    setTimeout(() => {
      log.warn('not everything has closed in time');
      resolve();
    }, SHUTDOWN_MS);
    await Promise.race([relay?.close(), deadline]);
    await output.flush();
    process.exit(code);
  };
  const fail = (error: unknown) => {
    log.error(messageOf(error));
    if (error instanceof Error && error.stack) log.debug(error.stack);
    if (!ending) output.event({ event: 'error', message: redact(messageOf(error)) });
    void end(FAILED);
  };
  // A fault that nobody caught leaves the program in a state that nobody knows: it ends, and a supervisor starts it anew.
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  onSignal((signal) => {
    log.info(`ending: ${signal}`);
    void end(OK);
  });
  watchParent(() => void end(OK));
  try {
    const { signal } = opening;
    relay = await Relay.open(options, { ...program, signal, onEvent: (event) => output.event(event) });
  } catch (error) {
    if (!ending) fail(error);
    return;
  }
  // A signal that came while it opened ends it now.
  if (ending) return relay.close();
  const { http, webTransport, endpointId } = relay;
  output.event({ event: 'ready', http, webTransport, endpointId });
  output.text(`The relay is at ${http}`);
  const { publicRead, publicPublish, allowPull, authKeyFile } = options;
  if (publicRead.length === 0 && publicPublish.length === 0 && !allowPull && authKeyFile === null) {
    log.warn('nobody may watch or publish anything here: see --allow-pull, --public and --auth-key');
  }
  log.info(`endpoint ${endpointId}; WebTransport ${webTransport ?? 'is not served'}`);
}
