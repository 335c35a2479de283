import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const MODULE = new URL('../../../../main/base/native-backtraces.ts', import.meta.url).href;

/** Prints the message of an error from iroh, in a process with `RUST_BACKTRACE=1`. */
async function irohError(prepare: string): Promise<string> {
  const script = `
    import { createRequire } from 'node:module';
    import { disableNativeBacktraces } from '${MODULE}';
    const { EndpointId } = createRequire('${import.meta.url}')('@number0/iroh');
    ${prepare}
    try { EndpointId.fromString('not an id'); } catch (error) { console.log(error.message); }`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--experimental-strip-types', '--eval', script],
    { env: { ...process.env, RUST_BACKTRACE: '1' } },
  );
  return stdout;
}

test('iroh’s errors have no stack trace of Rust, even with RUST_BACKTRACE=1', async () => {
  expect(await irohError('')).toContain('Stack backtrace:');
  expect(await irohError('disableNativeBacktraces();')).not.toContain('backtrace');
});
