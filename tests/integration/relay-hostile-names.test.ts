import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Key, sign } from '@moq/token';
import { Broadcast, Path } from 'moq-net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatTicket } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { runTokenCommand } from '../../main/relay/cli/token-command.ts';
import { AttackedRelay } from '../support/attacked-relay.ts';
import { Bystanders } from '../support/bystanders.ts';
import { sendRequest } from '../support/raw-http.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { openPullReports, overWebSocket } from '../support/relays.ts';
import { sleep, waitFor } from '../support/wait.ts';

/** Tests malicious names, tickets and tokens while a well-behaved viewer watches. */
const at = new AttackedRelay();
beforeAll(() => at.start(), 60_000);
afterEach(() => at.check(), 40_000);
afterAll(() => at.close());

describe('protection against malicious names', () => {
  it('serves no other file for any HTTP path', async () => {
    const from = at.log.length;
    const paths = [
      '/../../etc/passwd',
      '/assets/../../../etc/passwd',
      '/assets/..%2f..%2f..%2fetc%2fpasswd',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/..\\..\\package.json',
      '/assets/%00',
      '/%00/../etc/passwd',
      `/${'a/'.repeat(5_000)}`,
      '//evil.example/x',
      'http://evil.example/x',
      '/%ff%fe',
    ];
    for (const path of paths) {
      const answer = await sendRequest(at.port, path);
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
      expect(answer.body).not.toMatch(/root:|"dependencies"/);
    }
    expect(at.logLinesSince(from)).toEqual([]);
  });

  it('refuses malicious session roots, or shows nothing under them', async () => {
    await expect(overWebSocket(at.relay.url, `/${'x'.repeat(10_000)}`)).rejects.toThrow('400');
    await expect(overWebSocket(at.relay.url, `/${'x/'.repeat(40)}`)).rejects.toThrow('400');
    // This root is valid, but a session at it sees no broadcasts outside it.
    const odd = at.own(await overWebSocket(at.relay.url, '/a/%2e%2e/%00'));
    const seen = odd.established.announced();
    expect(await Promise.race([seen.next(), sleep(300)])).toBeUndefined();
    seen.close(new Error('done'));
  });

  it('neither accepts nor finds broadcasts with malicious names, and logs this once', async () => {
    const from = at.log.length;
    const publisher = at.own(await overWebSocket(at.relay.url));
    const names = ['../up', 'a/../../b', './x', 'nul\0', 'bell\u0007', 'x'.repeat(10_000)];
    for (const name of names)
      publisher.established.publish(Path.from(name), at.own(new Broadcast.Producer()));
    publisher.established.publish(Path.from('fine'), at.own(new Broadcast.Producer()));
    await waitFor('the valid one', async () => (await at.metric('iroh_live_relay_broadcasts')) === 2);
    const lines = () => at.logLinesSince(from).filter((line) => !line.includes('broadcast "fine"'));
    await waitFor('the log line', () => lines().length > 0);
    const viewer = at.own(await overWebSocket(at.relay.url));
    for (const name of [...names, 'y'.repeat(100_000)]) {
      const track = viewer.established.consume(Path.from(name)).subscribe('video');
      await expect(track.recvGroup(), name.slice(0, 20)).rejects.toThrow();
    }
    expect(lines()).toHaveLength(1);
  }, 30_000);

  it('sends no packets for tickets that are invalid or have private addresses', async () => {
    const closedEndpoint = await LiveEndpoint.open({
      secretKey: randomBytes(32),
      bind: '127.0.0.1:0',
      relay: 'disabled',
    });
    await closedEndpoint.close();
    const target = createSocket('udp4');
    at.own({ close: () => target.close() });
    let packets = 0;
    target.on('message', () => {
      packets += 1;
    });
    target.bind(0, '127.0.0.1');
    await once(target, 'listening');
    const here = `127.0.0.1:${target.address().port}`;
    const addresses = [
      { ipAddrs: [here], relayUrls: [] },
      { ipAddrs: ['10.0.0.1:1', '192.168.1.1:22', '169.254.169.254:80', '224.0.0.1:5'], relayUrls: [] },
      { ipAddrs: ['[::1]:1', '[fe80::1]:1', '[fc00::1]:1', '[::ffff:127.0.0.1]:9'], relayUrls: [] },
      { ipAddrs: [], relayUrls: [`http://${here}/`, 'https://localhost/', 'https://metadata.internal/'] },
    ];
    for (const address of addresses) {
      const ticket = formatTicket({ endpointId: closedEndpoint.id, ...address, broadcastName: 'x' });
      const viewer = at.own(await overWebSocket(at.relay.url));
      const seen = viewer.established.announced(Path.from(ticket));
      const reports = at.own(await openPullReports(at.relay.url, ticket));
      const failed = await waitFor('refused', () => reports.reports.find(({ state }) => state === 'failed'));
      expect(failed).toMatchObject({ failure: 'private' });
      seen.close(new Error('done'));
      reports.close();
      await viewer.close();
    }
    await sleep(500);
    expect(packets).toBe(0);
    for (const name of [
      '',
      'iroh-live:',
      'iroh-live:AAAA/x',
      `iroh-live:${'A'.repeat(10_000)}/x`,
      '\0',
      '../x',
    ]) {
      const url = new URL('/pull-events', at.relay.url);
      url.searchParams.set('name', name);
      expect((await fetch(url)).status, name.slice(0, 20)).toBe(400);
    }
  }, 40_000);
});

describe('invalid tokens', () => {
  it('are refused if they are malformed, expired or for another path, and each reason is logged once', async () => {
    const other: Key = JSON.parse(await runTokenCommand({ action: 'key', algorithm: 'ES256' }));
    const signed = (root: string, expiresInS?: number) =>
      runTokenCommand({
        action: 'sign',
        keyFile: at.keyFile,
        root,
        get: [''],
        put: [''],
        pull: false,
        expiresInS,
      });
    const good = await signed('room');
    const [head, , signature] = good.split('.');
    const forged = Buffer.from(JSON.stringify({ root: '', get: [''], put: [''] })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const tokens = [
      ['/', await sign(other, { root: '', get: [''], put: [''] })],
      ['/', await signed('', -60)],
      ['/hall', good],
      ['/room', `${head}.${forged}.${signature}`],
      ['/room', `${none}.${forged}.`],
      ['/room', 'nonsense'],
      ['/room', 'x'.repeat(9_000)],
    ] as const;
    const closed = await startRelayProcess({ options: ['--auth-key', at.keyFile] });
    const guarded = at.own(await Bystanders.start(closed.url, `/room?jwt=${good}`));
    const from = closed.program.stderr().length;
    for (let round = 0; round < 5; round += 1) {
      for (const [path, token] of tokens) {
        const session = overWebSocket(closed.url, `${path}?jwt=${token}`).then(() => 'accepted', String);
        expect(await session, token.slice(0, 20)).toContain('401');
      }
    }
    await sleep(200);
    const logged = closed.program.stderr().slice(from);
    for (const [, token] of tokens) expect(logged).not.toContain(token);
    const lines = logged
      .trim()
      .split('\n')
      .filter((line) => !line.includes('broadcast "'));
    expect(lines.map((line) => /127\.0\.0\.1: refused: .*$/.exec(line)?.[0])).toEqual([
      '127.0.0.1: refused: the token is not valid: it was signed with another key',
      '127.0.0.1: refused: the token is not valid: it has expired',
      '127.0.0.1: refused: the token is for another path',
      "127.0.0.1: refused: the token is not valid: its signature algorithm does not match this relay's key",
      '127.0.0.1: refused: the token is not valid: it is not a JWT with the claims of a MoQ relay',
      '127.0.0.1: refused: the token is too long',
    ]);
    await guarded.expectUndisturbed();
  }, 30_000);
});
