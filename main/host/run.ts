import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { CALL_NAME } from '../../common/bridge/bridge.ts';
import { decodeLink, formatTicket, parseTicket, TicketError } from '../../common/ticket/ticket.ts';
import { captureConsole, log, printable, setLogLevel } from '../base/log.ts';
import { type Output, stdoutOutput } from '../base/output.ts';
import { onSignal, watchParent } from '../base/signals.ts';
import { relayHelpText, tokenHelpText } from '../relay/cli/help.ts';
import type { TokenCommand } from '../relay/cli/token-options.ts';
import { helpText } from './cli/help.ts';
import { type Command, parseCommandLine, type RunOptions, UsageError } from './cli/options.ts';
import { claimInstance } from './instance-lock.ts';
import type { Program, Shell } from './shell.ts';

/** Exit status, as `--help` says. */
const OK = 0;
const FAILED = 1;
const USAGE = 2;

/** The core closes within 3 s; what takes longer is left behind. */
const SHUTDOWN_MS = 5_000;

/** Runs the command line and ends the process. Never rejects. */
export async function runProgram(program: Program, args: readonly string[]): Promise<void> {
  captureConsole();
  const output = stdoutOutput(args.includes('--json'));
  let command: Command;
  try {
    command = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}. --help shows what there is.\n`);
    output.event({ event: 'error', message: error.message });
    await output.flush();
    return process.exit(USAGE);
  }
  if (command.kind === 'run') return runWindow(program, command.options, output);
  if (command.kind === 'relay') {
    // Not before it is needed: it brings libraries of its own.
    return (await import('../relay/cli/run.ts')).runRelay(program, command.options);
  }
  if (command.kind === 'relay-token') return process.exit(await relayToken(command.command, output));
  const code = runOnce(program, command, output);
  await output.flush();
  process.exit(code);
}

/** The commands that need neither a window nor the endpoint. */
export function runOnce(
  program: Pick<Program, 'version'>,
  command: Exclude<Command, { kind: 'run' | 'relay' | 'relay-token' }>,
  output: Output,
): number {
  switch (command.kind) {
    case 'help':
      process.stdout.write(helpText(program.version));
      return OK;
    case 'relay-token-help':
      process.stdout.write(tokenHelpText());
      return OK;
    case 'relay-help':
      process.stdout.write(relayHelpText(program.version));
      return OK;
    case 'version':
      process.stdout.write(`${program.version}\n`);
      return OK;
    case 'ticket':
      return showTicket(command.ticket, command.json, output);
  }
}

async function relayToken(command: TokenCommand, output: Output): Promise<number> {
  try {
    const { runTokenCommand } = await import('../relay/cli/token-command.ts');
    output.text(await runTokenCommand(command));
    await output.flush();
    return OK;
  } catch (error) {
    process.stderr.write(`${printable(messageOf(error))}\n`);
    return FAILED;
  }
}

function showTicket(text: string, json: boolean, output: Output): number {
  try {
    const ticket = parseTicket(text);
    const { endpointId, relayUrls, ipAddrs, broadcastName } = ticket;
    const parts = { endpointId, relayUrls, ipAddrs, broadcastName, ticket: formatTicket(ticket) };
    process.stdout.write(`${JSON.stringify(parts, null, json ? undefined : 2)}\n`);
    return OK;
  } catch (error) {
    if (!(error instanceof TicketError)) throw error;
    if (json) output.event({ event: 'error', message: error.message });
    else process.stderr.write(`${printable(error.message)}\n`);
    return FAILED;
  }
}

async function runWindow(program: Program, options: RunOptions, output: Output): Promise<void> {
  setLogLevel(options.logLevel);
  const scope = new Scope((error) => log.error('shutting down: %s', messageOf(error)));
  const shell = await program.host(options);
  for (const option of shell.name === 'electron' ? browserOptions(options) : []) {
    log.warn('%s is of no use here: it is for --host browser, and this window is Electron’s.', option);
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
    output.event({ event: 'error', message });
    shell.showError?.(message);
    end(FAILED);
  };
  // A fault that nobody caught leaves the program in a state that nobody knows: it ends, and says why.
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

/** What of the command line only the browser host goes by. */
function browserOptions({ port, open }: RunOptions): string[] {
  return [...(port === 0 ? [] : [`--port ${port}`]), ...(open ? [] : ['--no-open'])];
}

/** False when another instance has the folder and took over. */
async function open(
  program: Program,
  shell: Shell,
  options: RunOptions,
  output: Output,
  scope: Scope,
  isEnding: () => boolean,
  ends: { quit(): void; fail(error: unknown): void },
): Promise<boolean> {
  // Wrong tickets are told before anything is opened.
  if (options.ticket !== null) parseTicket(decodeLink(options.ticket));
  await shell.prepare(options);
  const later: (string | null)[] = [];
  let onOpen = (ticket: string | null): void => void later.push(ticket);
  const instance = await claimInstance({
    dataDir: options.dataDir,
    ticket: options.ticket,
    onOpen: (ticket) => {
      // One that is about to end takes nothing over: the later one takes its place.
      if (isEnding()) return false;
      onOpen(ticket);
      return true;
    },
  });
  if (instance.kind === 'second') {
    const what = options.ticket === null ? 'was brought to the front' : 'opens the ticket';
    log.info('Another instance (process %d) has the folder %s: it %s.', instance.pid, options.dataDir, what);
    output.event({ event: 'handed-over', pid: instance.pid });
    return false;
  }
  scope.own(() => instance.close());
  const core = await program.createApp({
    dataDir: options.dataDir,
    irohRelay: options.irohRelay,
    ...(options.irohBind === undefined ? {} : { irohBind: options.irohBind }),
    autoAccept: options.autoAccept,
    stats: options.stats,
    onEvent: (event) => output.event(event),
  });
  scope.own(() => core.close());
  const { version, pageRoot } = program;
  const running = await shell.start({ options, version, pageRoot, core, output, ...ends });
  scope.own(() => running.close());
  onOpen = (ticket) => {
    if (ticket !== null) core.openTicket(ticket);
    running.show();
  };
  output.event({ event: 'ready', url: running.url, endpointId: core.endpointId });
  if (options.autostart === 'call') {
    // It waits from now on: whoever has the ticket can call, and rings as soon as the window is there.
    output.event({ event: 'live', ticket: core.callTicket(), name: CALL_NAME });
    output.text(`Your call ticket: ${core.callTicket()}`);
  }
  if (options.ticket !== null) core.openTicket(options.ticket);
  for (const ticket of later) onOpen(ticket);
  return true;
}

async function shutDown(scope: Scope, output: Output): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((done) => {
    timer = setTimeout(() => {
      log.warn('not everything has closed in time');
      done();
    }, SHUTDOWN_MS);
  });
  await Promise.race([scope.close(), deadline]);
  clearTimeout(timer);
  await output.flush();
}
