import { messageOf } from '../../common/base/errors.ts';
import { formatTicket, parseTicket } from '../../common/ticket/ticket.ts';
import { type JsonEvent, refusedTicketEvent } from '../app/json-events.ts';
import { beforeOperands } from '../base/cli-command.ts';
import { FAILED, OK, USAGE } from '../base/exit-status.ts';
import { captureConsole } from '../base/log.ts';
import { type Output, print, stdoutOutput } from '../base/output.ts';
import { printable, printableJson } from '../base/printable.ts';
import { restrictStdout } from '../base/private-file.ts';
import type { TokenCommand } from '../relay/cli/token-options.ts';
import { completionScript } from './cli/completion.ts';
import { type Command, defineProgram, helpText, parseCommandLine, UsageError } from './cli/options.ts';
import { readTicketArgument } from './cli/ticket-argument.ts';
import { runWindow } from './run-window.ts';
import type { Program } from './shell.ts';

/** Runs the command line and exits the process. Never rejects. */
export async function runProgram(program: Program, args: readonly string[]): Promise<void> {
  captureConsole();
  const output = stdoutOutput<JsonEvent>(beforeOperands(args).includes('--json'));
  let command: Command;
  try {
    command = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}. --help lists the options.\n`);
    output.event({ event: 'error', message: error.message });
    await output.flush();
    return process.exit(USAGE);
  }
  if (command.kind === 'run') return runWindow(program, command.options, output);
  if (command.kind === 'relay') {
    // Imported on demand, because the relay depends on additional libraries.
    return (await import('../relay/cli/run.ts')).runRelay(program, command.options);
  }
  let code: number = FAILED;
  try {
    code = await runShortCommand(program.version, command, output);
  } catch (error) {
    process.stderr.write(`${printable(messageOf(error))}\n`);
  }
  await output.flush();
  process.exit(code);
}

/** Runs a command that only prints text. Returns the exit status. @throws Error with a message for the user */
async function runShortCommand(
  version: string,
  command: Exclude<Command, { kind: 'run' | 'relay' }>,
  output: Output<JsonEvent>,
): Promise<number> {
  switch (command.kind) {
    case 'relay-token':
      return printToken(command.command);
    case 'relay-check':
      return (await import('../relay/cli/check.ts')).runCheck(command.options);
    case 'relay-health':
      return (await import('../relay/cli/health.ts')).runHealth(command.dataDir);
    case 'help':
      await print(helpText(version, command.command));
      return OK;
    case 'version':
      await print(`${version}\n`);
      return OK;
    case 'completion':
      await print(completionScript(defineProgram(version), command.shell));
      return OK;
    case 'ticket':
      return printTicket(command.ticket, command.json, output);
  }
}

async function printToken(command: TokenCommand): Promise<number> {
  const { runTokenCommand, writeTokenFile } = await import('../relay/cli/token-command.ts');
  const text = `${await runTokenCommand(command)}\n`;
  if (command.action !== 'verify' && command.out !== undefined) {
    await writeTokenFile(command.out, text, command.action);
    return OK;
  }
  if (command.action === 'key' || command.action === 'sign') restrictStdout();
  await print(text);
  return OK;
}

async function printTicket(text: string, json: boolean, output: Output<JsonEvent>): Promise<number> {
  try {
    const ticket = parseTicket(readTicketArgument(text));
    const { endpointId, relayUrls, ipAddrs, broadcastName } = ticket;
    const parts = { endpointId, relayUrls, ipAddrs, broadcastName, ticket: formatTicket(ticket) };
    await print(`${printableJson(parts, json ? undefined : 2)}\n`);
    return OK;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (json) output.event(refusedTicketEvent(text, error.message));
    else process.stderr.write(`${printable(error.message)}\n`);
    return USAGE;
  }
}
