/**
 * `npm run bench [-- BENCH…] [--seconds 16]`: runs the benches that have targets (renditions, serve, relay, recovery)
 * and prints one line per target, which says whether it was met. Takes about 25 minutes. Needs root and the programs
 * of `PEERS_DIR`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  judgeRecovery,
  judgeRelay,
  judgeRenditions,
  judgeServe,
  lineOf,
  RecoveryResults,
  RelayResults,
  RenditionResults,
  ServeResults,
  type Verdict,
} from './targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '16' } },
});

interface Bench {
  readonly args: readonly string[];
  judge(results: unknown): Verdict[];
}

const BENCHES: Record<string, Bench> = {
  renditions: {
    args: ['--seconds', values.seconds],
    judge: (results) => judgeRenditions(RenditionResults.parse(results)),
  },
  serve: { args: [], judge: (results) => judgeServe(ServeResults.parse(results)) },
  relay: { args: ['--max', '64'], judge: (results) => judgeRelay(RelayResults.parse(results)) },
  recovery: { args: ['paths'], judge: (results) => judgeRecovery(RecoveryResults.parse(results)) },
};
const unknown = positionals.find((name) => !(name in BENCHES));
if (unknown) throw new Error(`no bench is called ${unknown}; there are ${Object.keys(BENCHES).join(', ')}`);

/** Runs a bench, whose tables go to this process's output, and judges its results. */
async function run(name: string, { args, judge }: Bench, folder: string): Promise<Verdict[]> {
  const script = fileURLToPath(new URL(`../${name}/run.ts`, import.meta.url));
  const json = join(folder, `${name}.json`);
  const child = spawn(process.execPath, ['--no-warnings', script, ...args, '--json', json], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`bench/${name} ended with exit status ${code}`);
  return judge(JSON.parse(readFileSync(json, 'utf8')));
}

const folder = mkdtempSync(join(tmpdir(), 'iroh-live-bench-'));
const lines: string[] = [];
try {
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    try {
      lines.push(...(await run(name, bench, folder)).map(lineOf));
    } catch (error) {
      // If one bench fails, continue with the others.
      process.exitCode = 1;
      lines.push(`failed  ${String(error)}`);
    }
    lines.push(`        load after bench/${name}: ${(loadavg()[0] ?? 0).toFixed(1)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(lines.join('\n'));
