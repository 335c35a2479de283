import { describe, expect, it } from 'vitest';
import { formatTicket } from '../../../../../common/ticket/ticket.ts';
import { AccessLog } from '../../../../../main/relay/http/access-log.ts';

const PEER = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const TICKET = formatTicket({
  endpointId: PEER,
  relayUrls: [],
  ipAddrs: ['192.0.2.7:4433'],
  broadcastName: 'amber otter',
});

/** Returns the log line for a request for this URL. */
function lineFor(target: string, kind = 'GET', status = 200): string {
  const lines: string[] = [];
  const log = new AccessLog((line) => lines.push(line));
  log.begin({ kind, url: new URL(target, 'http://nowhere/'), client: '192.0.2.1' })(status);
  expect(lines).toHaveLength(1);
  return String(lines[0]);
}

describe('AccessLog', () => {
  it('writes the path, the broadcast, the client, the status and the duration', () => {
    expect(lineFor('/rooms/one?name=studio', 'websocket', 101)).toMatch(
      /^access: websocket \/rooms\/one status=101 client=192\.0\.2\.1 broadcast="studio" duration_s=\d+\.\d{3}$/,
    );
    expect(lineFor('/')).toMatch(/^access: GET \/ status=200 client=192\.0\.2\.1 broadcast=- /);
  });

  it('contains no token and no ticket in any encoding', () => {
    const encoded = encodeURIComponent(TICKET);
    const line = lineFor(`/?name=${encoded}&jwt=secret-token`);
    expect(line).toContain('broadcast="amber otter" peer=8a88e3dd74 ');
    const [, address = ''] = /^iroh-live:([^/]+)/.exec(TICKET) ?? [];
    const lines = [
      line,
      lineFor(`/?name=${encodeURIComponent(TICKET.slice(0, -14))}&token=secret-token`),
      lineFor(`/${encoded}?jwt=secret-token`),
      lineFor(`/${address}/amber?jwt=secret-token`),
      lineFor(`/?name=${encodeURIComponent(`${TICKET.slice(0, 60)}…`)}`),
    ];
    for (const text of lines) {
      expect(text).not.toContain('secret-token');
      expect(text).not.toContain(address.slice(0, 44));
    }
  });

  it('keeps names of strangers short and on one line', () => {
    const line = lineFor(`/%0Aaccess:%20fake?name=${encodeURIComponent(`a"\n${'b'.repeat(500)}`)}`);
    expect(line).not.toContain('\n');
    expect(line).toContain('broadcast="a\\"\\nbbb');
    expect(line.length).toBeLessThan(300);
  });
});
