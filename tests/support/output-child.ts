import { stdoutOutput } from '../../main/base/output.ts';

/**
 * Prints figures and events to stdout before the parent process starts reading. Then prints the word
 * `printed` to stderr.
 */

const output = stdoutOutput<{ event: string; n: number; text?: string }>(true);
const text = 'x'.repeat(200);
for (let n = 0; n < 20_000; n += 1) {
  output.event({ event: 'stats', n, text });
  if (n % 100 === 0) output.event({ event: 'call', n });
  if (n % 1_000 === 0) await new Promise((done) => setImmediate(done));
}
process.stderr.write('printed\n');
// Keeps the process running until the reader has read everything.
setInterval(() => {
  if (process.stdout.writableLength === 0) process.exit();
}, 50);
