import { describe, expect, it } from 'vitest';
import { debuggingRequests, type ProcessFacts } from '../../../../../main/host/electron/debugging.ts';

function requests(facts: Partial<ProcessFacts> = {}): string[] {
  return debuggingRequests({
    argv: ['/opt/app'],
    env: {},
    platform: 'linux',
    hasSwitch: () => false,
    inspecting: false,
    ...facts,
  });
}

describe('debuggingRequests', () => {
  it('finds nothing on ordinary command lines', () => {
    const ordinary = ['--no-sandbox', '--json', 'iroh-live:x/inspect', '--data-dir', '/inspect', 'relay'];
    expect(
      requests({ argv: ['/opt/app', ...ordinary], env: { NODE_OPTIONS: '--max-old-space-size=4096' } }),
    ).toEqual([]);
    // Arguments after "--" are operands, not options.
    expect(requests({ argv: ['/opt/app', '--', '--inspect'] })).toEqual([]);
  });

  it.each([
    '--inspect',
    '--inspect=0.0.0.0:9229',
    '-inspect',
    '--inspect-brk',
    '--inspect-brk-node=1',
    '--inspect-port=1',
    '--inspect-wait',
    '--inspect-publish-uid=http',
    '--debug-port=1',
    '--remote-debugging-port=9222',
    '--remote-debugging-port',
    '--remote-debugging-pipe',
    '--remote-debugging-address=0.0.0.0',
    '--remote-debugging-a-later-one',
    '--remote-allow-origins=*',
  ])('finds %s', (arg) => {
    expect(requests({ argv: ['/opt/app', '--json', arg] })).toEqual([
      arg.replace(/^-+/, '--').replace(/=.*/, ''),
    ]);
  });

  it('parses the switches of Windows as Chromium does there', () => {
    const argv = ['app.exe', '/INSPECT', '/Remote-Debugging-Port=1'];
    expect(requests({ argv, platform: 'win32' })).toEqual(['--inspect', '--remote-debugging-port']);
    expect(requests({ argv })).toEqual([]);
  });

  it('finds switches that only Chromium knows', () => {
    expect(requests({ hasSwitch: (name) => name === 'remote-debugging-pipe' })).toEqual([
      '--remote-debugging-pipe',
    ]);
  });

  it.each(['--inspect', '--inspect-brk=0', '-r x --inspect', '--foo="--inspect"'])(
    'finds NODE_OPTIONS=%s',
    (options) => {
      expect(requests({ env: { NODE_OPTIONS: options } })).toEqual(['NODE_OPTIONS']);
    },
  );

  it('finds an inspector that listens for another reason', () => {
    expect(requests({ inspecting: true })).toEqual(['the inspector']);
  });
});
