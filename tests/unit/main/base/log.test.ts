import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { log } from '../../../../main/base/log.ts';

describe('the log', () => {
  it('indents all lines of a message after the first, so that none can be mistaken for a log entry', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    log.error('refused: x\n12:00:00.000 info  ending: SIGTERM');
    const [text = ''] = write.mock.calls.map(([line]) => String(line));
    write.mockRestore();
    expect(text.slice(12)).toBe(' error refused: x\n  12:00:00.000 info  ending: SIGTERM\n');
  });

  it('does not fail after its reader has closed the pipe', async () => {
    const program = `
      const { captureConsole, log } = await import('./main/base/log.ts');
      process.on('uncaughtException', (error) => { log.error(error.message); process.exitCode = 1; });
      captureConsole();
      for (let i = 0; i < 20; i += 1) { log.info('x'); await new Promise((done) => setTimeout(done, 20)); }
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.destroy();
    const [code, signal] = await once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
    child.kill('SIGKILL');
    expect({ code, signal }).toEqual({ code: 0, signal: null });
  });
});
