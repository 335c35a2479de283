import { Option } from '@commander-js/extra-typings';
import { CliCommand, choiceOption, listOption, valueOption } from '../../base/cli-command.ts';
import { InvalidValueError, oneOf, UsageError } from '../../base/option-values.ts';
import { tokenNotes } from './notes.ts';

/** Names of the key algorithms in JWK and JWT (RFC 7518, section 3.1). */
const tokenAlgorithms = ['HS256', 'HS384', 'HS512', 'ES256', 'ES384', 'EdDSA'] as const;
/** A key algorithm name, such as `ES256`. */
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

/**
 * A parsed and checked subcommand of `relay token`, which creates a key, its public half or a token, or
 * verifies a token. `out` is the output file; undefined means stdout.
 */
export type TokenCommand =
  | { action: 'key'; algorithm: TokenAlgorithm; out?: string | undefined }
  | { action: 'public'; keyFile: string; out?: string | undefined }
  | { action: 'verify'; keyFiles: readonly string[]; token: string }
  | {
      action: 'sign';
      out?: string | undefined;
      keyFile: string;
      /** The path that `get` and `put` are relative to. */
      root: string;
      get: readonly string[];
      put: readonly string[];
      pull: boolean;
      /** The name of the token's holder (the claim `sub`). Undefined if the token has none. */
      subject?: string | undefined;
      /** Lifetime of the token in seconds. Undefined means that the token does not expire. */
      expiresInS: number | undefined;
    };

/** Creates the command `relay token`. Its subcommands pass the parsed command line to `onCommand`. */
export function tokenDefinition(onCommand: (command: TokenCommand) => void) {
  return new CliCommand('token', tokenNotes)
    .summary('Make keys and tokens for --auth-key.')
    .description('Makes keys and tokens that control access to a relay.')
    .addCommand(
      new CliCommand('key')
        .summary('Print a new key (JWK).')
        .description('Prints a new key (JWK).')
        .addOption(
          choiceOption(
            '--algorithm <NAME>',
            'Algorithm of the key. The HS algorithms make a shared secret, which has no public half.',
            tokenAlgorithms,
            oneOf(tokenAlgorithms),
          ).default('ES256'),
        )
        .addOption(outOption())
        .action(({ algorithm, out }) => onCommand({ action: 'key', algorithm, out })),
    )
    .addCommand(
      new CliCommand('public')
        .summary('Print the public half of a key.')
        .description(
          'Prints the public half of a key (JWK). A relay needs no more than that to verify tokens.',
        )
        .addOption(keyOption())
        .addOption(outOption())
        .action(({ key, out }) => onCommand({ action: 'public', keyFile: key, out })),
    )
    .addCommand(
      new CliCommand('sign')
        .summary('Print a token (JWT).')
        .description('Prints a token (JWT) that allows at least one of reading, publishing, and pulling.')
        .addOption(keyOption())
        .addOption(
          valueOption('--root <PATH>', 'Path that --get and --put are relative to.', String).default(''),
        )
        .addOption(
          listOption('--get <PATH>', "Allow reading at and below this path; '' for every path.", String),
        )
        .addOption(
          listOption('--put <PATH>', "Allow publishing at and below this path; '' for every path.", String),
        )
        .addOption(new Option('--pull', 'Allow pulling tickets.'))
        .addOption(
          valueOption(
            '--subject <NAME>',
            'Name of the holder. All tokens with the same name belong to the same publisher.',
            String,
          ),
        )
        .addOption(
          valueOption(
            '--expires-in <TIME>',
            'Lifetime, such as 90s, 30m, 12h or 7d. Default: no expiry.',
            duration,
          ),
        )
        .addOption(outOption())
        .action(({ key, root, get = [], put = [], pull = false, subject, expiresIn, out }) => {
          if (get.length === 0 && put.length === 0 && !pull) {
            throw new UsageError('A token must allow something: use --get, --put or --pull');
          }
          const rights = { root, get, put, pull };
          onCommand({ action: 'sign', keyFile: key, ...rights, subject, expiresInS: expiresIn, out });
        }),
    )
    .addCommand(
      new CliCommand('verify')
        .summary('Check a token (JWT) and print what it allows.')
        .description(
          'Checks a token (JWT) and prints what it allows (JSON). The exit status is 1 if the token is not valid.',
        )
        .argument('<TOKEN>', 'The token.')
        .addOption(
          listOption(
            '--key <FILE>',
            'File with a key (JWK) or a set of keys (JWKS). Required.',
            String,
          ).makeOptionMandatory(),
        )
        .action((token, { key = [] }) => onCommand({ action: 'verify', keyFiles: key, token })),
    );
}

function outOption() {
  return valueOption(
    '--out <FILE>',
    'Write to this file instead of stdout. Only its owner can read the file, unless it contains a public key.',
    String,
  );
}

function keyOption() {
  return valueOption('--key <FILE>', 'File with the key (JWK). Required.', String).makeOptionMandatory();
}

const unitsS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Parses a duration such as `12h`. Returns seconds.
 *
 * @throws InvalidValueError
 */
function duration(value: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (Number(number ?? 0) === 0) throw new InvalidValueError('a time such as 90s, 30m, 12h or 7d');
  return Number(number) * (unitsS[unit ?? ''] ?? 1);
}
