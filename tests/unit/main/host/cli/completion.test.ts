import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { completionScript } from '../../../../../main/host/cli/completion.ts';
import { defineProgram } from '../../../../../main/host/cli/options.ts';
import { shells } from '../../../../../main/host/cli/run-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'iroh-live-completion-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasShell = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

/** Returns bash's completions for the last word. */
function bashCompletions(...words: string[]): string[] {
  const script = `${completionScript(defineProgram('1'), 'bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _iroh_live_desktop; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['-c', script, 'bash', 'iroh-live-desktop', ...words], {
    encoding: 'utf8',
  });
  return out.split('\n').filter((line) => line !== '');
}

describe('the completion script', () => {
  it.for(shells)('for %s is valid and mentions every level of commands', (shell, { skip }) => {
    const script = completionScript(defineProgram('1'), shell);
    for (const word of ['relay', 'token', 'sign', 'expires-in', 'max-resolution', '360p']) {
      expect(script).toContain(word);
    }
    if (!hasShell(shell)) return skip(`${shell} is not installed`);
    // fish cannot check a script that it reads from stdin, so write the script to a file.
    const file = join(folder, shell);
    writeFileSync(file, script);
    expect(spawnSync(shell, ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it.runIf(hasShell('bash'))('completes commands, options and values in bash', () => {
    expect(bashCompletions('re')).toEqual(['relay']);
    expect(bashCompletions('--auto')).toEqual(['--autostart', '--auto-accept']);
    expect(bashCompletions('--host', '')).toEqual(['electron', 'browser']);
    expect(bashCompletions('--json', 'relay', '--tls-')).toEqual(['--tls-cert', '--tls-key']);
    expect(bashCompletions('relay', 'token', '')).toEqual([...['key', 'public', 'sign', 'verify'], '--help']);
    expect(bashCompletions('relay', 'token', 'key', '--algorithm', 'ES')).toEqual(['ES256', 'ES384']);
    expect(bashCompletions('--port', '')).toEqual([]);
    expect(bashCompletions('completion', 'z')).toEqual(['zsh']);
  });
});
