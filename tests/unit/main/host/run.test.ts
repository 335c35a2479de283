import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findNormalTicket } from '../../../../common/ticket/find-ticket.ts';
import { decodeLink } from '../../../../common/ticket/ticket.ts';
import { parseCommandLine, UsageError } from '../../../../main/host/cli/options.ts';
import type { HostName } from '../../../../main/host/cli/run-options.ts';
import { runProgram } from '../../../../main/host/run.ts';
import type { Program } from '../../../../main/host/shell.ts';
import { FakeApp } from '../../../support/fake-app.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/my';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'run-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

/** Runs the program with a window that closes soon after it has opened. Resolves to the exit status. */
async function run(
  args: string[],
  host: HostName = 'electron',
): Promise<{ code: number; requested: FakeApp['requested'] }> {
  const core = new FakeApp();
  const code = await new Promise<number>((exit) => {
    const program: Program = {
      version: '0',
      pageRoot: dataDir,
      webRoot: '',
      createApp: async () => core,
      host: async () => ({
        name: host,
        prepare: async () => undefined,
        start: async ({ quit }) => {
          setTimeout(quit, 50);
          return { url: 'app://test/', show: () => undefined, close: async () => undefined };
        },
        exit,
      }),
    };
    void runProgram(program, ['--data-dir', dataDir, '--log-level', 'warn', ...args]);
  });
  return { code, requested: core.requested };
}

describe('a ticket on the command line', () => {
  it('may be percent-encoded, as in links from the system', async () => {
    for (const link of [`${TICKET}%20stream`, TICKET, encodeURIComponent(TICKET)]) {
      const requested = [{ ticket: findNormalTicket(decodeLink(link)), origin: 'command-line' }];
      expect(await run([link])).toEqual({ code: 0, requested });
    }
  });

  it('is found in the text that mail and chat programs add', async () => {
    const requested = [{ ticket: TICKET, origin: 'command-line' }];
    for (const text of [`<${TICKET}>`, `Watch me: ${TICKET}\nAnna`, TICKET.replace('iroh', 'Iroh')])
      expect(await run([text])).toEqual({ code: 0, requested });
  });

  it('causes a usage error in the command "ticket", too', () => {
    const run = (text: string) =>
      spawnSync(process.execPath, [resolve('dist/main/cli.cjs'), 'ticket', text, '--json'], {
        encoding: 'utf8',
      });
    const refused = run('nonsense');
    expect(refused.status).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      event: 'error',
      message: expect.stringContaining('not a complete ticket'),
    });
    expect(JSON.parse(run(`“${TICKET}”`).stdout)).toMatchObject({ ticket: TICKET, broadcastName: 'my' });
  });

  it('causes a usage error if it is invalid, before anything opens', async () => {
    expect(await run(['nonsense'])).toEqual({ code: 2, requested: [] });
  });
});

describe('arguments after “--”', () => {
  it('are a ticket, even if they equal the name of a command', async () => {
    expect(await run(['--', 'relay'])).toEqual({ code: 2, requested: [] });
  });

  it('are never options, so that a link cannot turn one on', async () => {
    expect(await run(['--', '--auto-accept'])).toEqual({ code: 2, requested: [] });
    expect(() => parseCommandLine(['--', TICKET, '--auto-accept'])).toThrow(UsageError);
  });

  it('do not turn on JSON output for a usage error', async () => {
    let written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest: unknown[]) => {
      written += String(text);
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
    try {
      await runProgram({} as Program, ['--', '--json', 'another']);
      expect(exit).toHaveBeenCalledExactlyOnceWith(2);
      expect(written).toBe('');
      await runProgram({} as Program, ['--json', 'one', 'another']);
      expect(written).toContain('"event":"error"');
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe('options of the browser host', () => {
  const warnings = async (args: string[], host: HostName) => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    try {
      await run(args, host);
    } finally {
      spy.mockRestore();
    }
    return lines.filter((line) => line.includes(' warn '));
  };

  it('cause a warning with the Electron host', async () => {
    const lines = await warnings(['--port', '8080', '--no-open'], 'electron');
    expect(lines).toEqual([expect.stringContaining('--port 8080'), expect.stringContaining('--no-open')]);
    expect(lines[0]).toContain('--host browser');
  });

  it('cause no warning otherwise', async () => {
    expect(await warnings([], 'electron')).toEqual([]);
    expect(await warnings(['--port', '8080', '--no-open'], 'browser')).toEqual([]);
  });
});
