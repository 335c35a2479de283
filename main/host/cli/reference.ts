import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { CliCommand } from '../../base/cli-command.ts';
import { defineProgram } from './options.ts';

/**
 * Generates the text of docs/cli.md: every command with its options, as Markdown. The text does not depend on the
 * machine.
 */
export function cliReference(): string {
  const sections = commandSections(defineProgram('', {}), []);
  return `# Command line

<!-- Generated from main/host/cli/options.ts by \`npm run docs:cli\`. Do not edit. -->

${sections.join('\n')}`;
}

function commandSections(command: CommandUnknownOpts, parents: readonly string[]): string[] {
  const path = [...parents, command.name()];
  const parts = [
    `## ${path.join(' ')}`,
    `    ${[...path, command.usage()].join(' ')}`,
    escaped(command.description()),
  ];
  const parameters = command.registeredArguments.map(
    (argument) =>
      `| \`${argument.required ? argument.name() : `[${argument.name()}]`}\` | ${escaped(argument.description)}${choices(argument.argChoices)} |`,
  );
  if (parameters.length > 0) parts.push(table('argument', parameters));
  for (const [title, options] of optionGroups(command)) {
    parts.push(`### ${title}`, table('option', options.map(optionRow)));
  }
  if (command.commands.length > 0) {
    const rows = command.commands.map((child) => `| \`${child.name()}\` | ${escaped(child.summary())} |`);
    parts.push('### Commands', table('command', rows));
  }
  const notes = command instanceof CliCommand ? command.notes : [];
  for (const { title, text } of notes) parts.push(`### ${title}`, text.replace(/^(?=.)/gm, '    '));
  return [`${parts.join('\n\n')}\n`, ...command.commands.flatMap((child) => commandSections(child, path))];
}

/** Groups a command's options by group title, in definition order. */
function optionGroups(command: CommandUnknownOpts): Map<string, Option[]> {
  const groups = new Map<string, Option[]>();
  for (const option of command.options) {
    const title = (option.helpGroupHeading ?? 'Options:').replace(/:$/, '');
    groups.set(title, [...(groups.get(title) ?? []), option]);
  }
  return groups;
}

function optionRow(option: Option): string {
  const fallback =
    option.defaultValue === undefined || !option.required
      ? ''
      : ` Default: \`${option.defaultValueDescription ?? option.defaultValue}\`.`;
  return `| \`${option.flags}\` | ${escaped(option.description)}${choices(option.argChoices)}${fallback} |`;
}

function choices(words: readonly string[] | undefined): string {
  return words ? ` One of ${words.map((word) => `\`${word}\``).join(', ')}.` : '';
}

function table(title: string, rows: readonly string[]): string {
  return [`| ${title} | |`, '| --- | --- |', ...rows].join('\n');
}

function escaped(text: string): string {
  return text.replace(/[|<*]/g, '\\$&');
}
