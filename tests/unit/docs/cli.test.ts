import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cliReference } from '../../../main/host/cli/reference.ts';

it('docs/cli.md matches the definition of the command line (`npm run docs:cli` updates it)', () => {
  expect(readFileSync('docs/cli.md', 'utf8')).toBe(cliReference());
});
