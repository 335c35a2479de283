import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { CALL_NAME } from '../../common/bridge/bridge.ts';
import { TicketError } from '../../common/ticket/ticket.ts';
import { type JsonEvent, refusedTicketEvent } from '../app/json-events.ts';
import { FAILED, OK, USAGE } from '../base/exit-status.ts';
import { log, setLogLevel } from '../base/log.ts';
import type { Output } from '../base/output.ts';
import { onSignal, watchParent } from '../base/signals.ts';
import { withinTime } from '../base/within-time.ts';
import { UsageError } from './cli/options.ts';
import type { RunOptions } from './cli/run-options.ts';
import { readTicketArgument } from './cli/ticket-argument.ts';
import { claimInstance } from './instance-lock.ts';
import type { Program, Shell } from './shell.ts';

/** How long the shutdown may take before it is abandoned, in milliseconds. The app normally closes within 3 s. */
const SHUTDOWN_MS = 5_000;

/** Opens the window, runs the app until it ends, and exits the process. Never rejects. */
export async function runWindow(
  program: Program,
  options: RunOptions,
  output: Output<JsonEvent>,
): Promise<void> {
  setLogLevel(options.logLevel);
  const scope = new Scope((error) => log.error('shutdown failed: %s', messageOf(error)));
  const shell = await program.host(options);
  for (const option of shell.name === 'electron' ? browserOptions(options) : []) {
    log.warn('%s has no effect: it applies to --host browser, and this is the Electron window.', option);
  }
  let ending = false;
  const end = (code: number) => {
    if (ending) return;
    ending = true;
    void shutDown(scope, output).then(() => shell.exit(code));
  };
  const fail = (error: unknown) => {
    const message = messageOf(error);
    log.error(message);
    if (error instanceof Error && error.stack) log.debug(error.stack);
    if (ending) return;
    const isTicketRefused = error instanceof UsageError && error.cause instanceof TicketError;
    if (isTicketRefused && options.ticket !== null) output.event(refusedTicketEvent(options.ticket, message));
    else output.event({ event: 'error', message });
    shell.showError?.(message);
    end(error instanceof UsageError ? USAGE : FAILED);
  };
  // After an uncaught error, the program's state is unknown, so the app reports the error and exits.
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  onSignal((signal) => {
    log.debug('ending: %s', signal);
    end(OK);
  });
  const parent = watchParent(() => end(OK));
  scope.own(() => parent.stop());
  const isEnding = () => scope.closed || parent.lost();
  try {
    if (await open(program, shell, options, output, scope, isEnding, { quit: () => end(OK), fail })) return;
    end(OK);
  } catch (error) {
    fail(error);
  }
}

/** Returns the options on the command line that apply only to the browser host. */
function browserOptions({ port, open }: RunOptions): string[] {
  return [...(port === 0 ? [] : [`--port ${port}`]), ...(open ? [] : ['--no-open'])];
}

/** Opens the app and its window. Returns false if another instance uses the data folder and has accepted the ticket. */
async function open(
  program: Program,
  shell: Shell,
  options: RunOptions,
  output: Output<JsonEvent>,
  scope: Scope,
  isEnding: () => boolean,
  ends: { quit(): void; fail(error: unknown): void },
): Promise<boolean> {
  const ticket = options.ticket === null ? null : readTicketArgument(options.ticket);
  await shell.prepare(options);
  const early: (string | null)[] = [];
  let onOpen = (ticket: string | null): void => void early.push(ticket);
  const instance = await claimInstance({
    dataDir: options.dataDir,
    ticket,
    onOpen: (ticket) => {
      // An instance that is shutting down accepts no tickets, so that the later instance takes over the
      // folder.
      if (isEnding()) return false;
      onOpen(ticket);
      return true;
    },
  });
  if (instance.kind === 'second') {
    const action =
      ticket === null ? 'shows its window, or prints its address' : 'shows the ticket for confirmation';
    log.info(
      'Another instance (process %d) uses the folder %s: it %s.',
      instance.pid,
      options.dataDir,
      action,
    );
    for (const option of firstStartOptions(options)) {
      log.warn('%s has no effect: it applies only to the first start with a data folder.', option);
    }
    output.event({ event: 'handed-over', pid: instance.pid });
    return false;
  }
  scope.own(() => instance.close());
  const core = await program.createApp({
    dataDir: options.dataDir,
    irohRelay: options.irohRelay,
    ...(options.irohBind === undefined ? {} : { irohBind: options.irohBind }),
    autoAccept: options.autoAccept,
    onlyContacts: options.onlyContacts,
    listBroadcasts: options.listBroadcasts,
    stats: options.stats,
    onEvent: (event) => output.event(event),
  });
  scope.own(() => core.close());
  const { version, pageRoot } = program;
  const running = await shell.start({ options, version, pageRoot, core, output, ...ends });
  scope.own(() => running.close());
  onOpen = (ticket) => {
    if (ticket !== null) core.requestTicket(ticket, 'second-instance');
    running.show();
  };
  output.event({ event: 'ready', url: running.url, endpointId: core.endpointId });
  if (options.autostart === 'call') {
    // Calls are already accepted, so the ticket is announced now. Calls do not ring until the window is ready.
    let label = 'Your call ticket';
    const unfollow = core.followCallTicket((ticket) => {
      output.event({ event: 'live', ticket, name: CALL_NAME });
      output.text(`${label}: ${ticket}`);
      label = 'Your call ticket has new addresses';
    });
    scope.own(unfollow);
  }
  if (ticket !== null) core.requestTicket(ticket, 'command-line');
  for (const waiting of early) onOpen(waiting);
  return true;
}

/** Returns the options on the command line that apply only to the first instance with a data folder. */
function firstStartOptions({ autostart, autoAccept, onlyContacts, listBroadcasts }: RunOptions): string[] {
  return [
    ...(autostart ? [`--autostart ${autostart}`] : []),
    ...(autoAccept ? ['--auto-accept'] : []),
    ...(onlyContacts ? ['--only-contacts'] : []),
    ...(listBroadcasts ? ['--list-broadcasts'] : []),
  ];
}

async function shutDown(scope: Scope, output: Output<JsonEvent>): Promise<void> {
  // Closing a scope never rejects.
  await withinTime(scope.close(), { timeoutMs: SHUTDOWN_MS }).catch(() =>
    log.warn('the shutdown has reached its deadline'),
  );
  await output.flush();
}
