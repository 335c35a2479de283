import { parseArgs } from 'node:util';
import { messageOf } from '../../../common/base/errors.ts';
import { bad, UsageError } from '../../base/option-values.ts';

export const tokenAlgorithms = ['HS256', 'HS384', 'HS512', 'ES256', 'ES384', 'EdDSA'] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

/** `relay token …`: makes keys, and tokens with them. */
export type TokenCommand =
  | { action: 'key'; algorithm: TokenAlgorithm }
  | { action: 'public'; keyFile: string }
  | {
      action: 'sign';
      keyFile: string;
      root: string;
      get: readonly string[];
      put: readonly string[];
      pull: boolean;
      /** Undefined: never. */
      expiresInS: number | undefined;
    };

const definition = {
  algorithm: { type: 'string' },
  key: { type: 'string' },
  root: { type: 'string' },
  get: { type: 'string', multiple: true },
  put: { type: 'string', multiple: true },
  pull: { type: 'boolean' },
  'expires-in': { type: 'string' },
} as const;

/** @throws UsageError */
export function parseTokenCommand(args: readonly string[]): TokenCommand {
  const { values, positionals } = parse(args);
  const [action, extra] = positionals;
  if (extra !== undefined) throw new UsageError('The command "relay token" takes one of key, public, sign');
  if (action === 'key') {
    const { algorithm = 'HS256' } = values;
    return {
      action,
      algorithm:
        tokenAlgorithms.find((one) => one === algorithm) ??
        bad('--algorithm', algorithm, tokenAlgorithms.join(', ')),
    };
  }
  if (action !== 'sign' && action !== 'public') {
    throw new UsageError('The command "relay token" takes one of key, public, sign');
  }
  if (values.key === undefined) throw new UsageError(`The command "relay token ${action}" needs --key FILE`);
  if (action === 'public') return { action, keyFile: values.key };
  const { get = [], put = [], pull = false } = values;
  if (get.length === 0 && put.length === 0 && !pull) {
    throw new UsageError('A token must allow something: give --get, --put or --pull');
  }
  return {
    action,
    keyFile: values.key,
    root: values.root ?? '',
    get,
    put,
    pull,
    expiresInS: duration(values['expires-in']),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definition, allowPositionals: true, strict: true });
  } catch (error) {
    const [first = ''] = messageOf(error).split(/\. |\n/);
    throw new UsageError(first, { cause: error });
  }
}

const unitsS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function duration(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (number === undefined) bad('--expires-in', value, 'a time such as 90s, 30m, 12h or 7d');
  return Number(number) * (unitsS[unit ?? ''] ?? 1);
}
