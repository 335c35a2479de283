import { describe, expect, it } from 'vitest';
import { parseRelay } from '../../../../../main/relay/cli/options.ts';

const options = (...args: string[]) => {
  const command = parseRelay(args, {});
  if (command.kind !== 'relay') throw new Error('not a relay');
  return command.options;
};

describe('options for ACME certificates', () => {
  it('require only the names', () => {
    expect(options().acme).toBeNull();
    expect(options('--domain', 'Relay.Example', '--domain', 'bücher.example').acme).toEqual({
      domains: ['relay.example', 'xn--bcher-kva.example'],
      email: null,
      directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
      caFile: null,
      httpBind: '[::]:80',
    });
  });

  it.each([
    [['--domain', '*.example'], /relay\.example/],
    [['--domain', '192.0.2.1'], /relay\.example/],
    [['--domain', 'a.example:443'], /relay\.example/],
    [['--domain', 'a.example/b'], /relay\.example/],
    [['--domain', ''], /relay\.example/],
    [['--domain', 'a.example', '--acme-directory', 'http://ca.example/'], /https/],
    [['--domain', 'a.example', '--acme-email', 'nobody'], /e-mail/],
    [['--domain', 'a.example', '--acme-http-bind', '80'], /ADDR:PORT/],
    [['--domain', 'a.example', '--tls-cert', 'c', '--tls-key', 'k'], /cannot be used together/],
    [['--acme-email', 'a@b.example'], /needs '--domain'/],
  ])('reject %j', (args, words) => {
    expect(() => options(...args)).toThrow(words);
  });
});

describe('options for a cluster', () => {
  it('consist of a URL and an optional token', () => {
    expect(options().cluster).toBeNull();
    expect(options('--cluster', 'edge.example:4443').cluster).toEqual({
      url: 'https://edge.example:4443/',
      token: null,
    });
    expect(options('--cluster', 'wss://edge.example/', '--cluster-token', 't').cluster?.token).toBe('t');
  });

  it.each([[['--cluster', 'ftp://x/']], [['--cluster', '']], [['--cluster-token', 't']]])(
    'reject %j',
    (args) => {
      expect(() => options(...args)).toThrow(/--cluster/);
    },
  );
});
