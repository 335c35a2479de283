import { readFile, writeFile } from 'node:fs/promises';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ChallengeServer } from '../../main/relay/certificates/acme-challenge.ts';
import { makeSelfSigned } from '../../main/relay/certificates/self-signed.ts';
import { newDataDir, removeDataDirs } from '../support/app-process.ts';
import { stopPrograms } from '../support/processes.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { overWebSocket } from '../support/relays.ts';
import { freePort } from '../support/wait.ts';

/** Tests how HTTPS servers respond to plain HTTP requests. */

afterEach(stopPrograms);
afterAll(removeDataDirs);

interface Answer {
  status: number | undefined;
  location: string | undefined;
  hsts: string | undefined;
}

function answerTo(url: string, host?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getSecure : getPlain;
    const options = { rejectUnauthorized: false, agent: false, ...(host ? { headers: { host } } : {}) };
    get(url, options, (response) => {
      response.resume();
      const { location, 'strict-transport-security': hsts } = response.headers;
      resolve({ status: response.statusCode, location, hsts });
    }).on('error', reject);
  });
}

describe('the HTTPS port of a relay', () => {
  it('redirects plain HTTP, serves HTTPS and WebSocket, and survives other bytes', async () => {
    const folder = newDataDir();
    const { cert, key } = await makeSelfSigned(60 * 60 * 1000);
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await writeFile(certFile, cert);
    await writeFile(keyFile, key, { mode: 0o600 });
    const relay = await startRelayProcess({
      options: ['--tls-cert', certFile, '--tls-key', keyFile, '--public', '*'],
    });
    const plain = relay.url.replace('https:', 'http:');
    const target = `${relay.url}?name=film`;
    expect(await answerTo(`${plain}?name=film`)).toMatchObject({ status: 308, location: target });
    expect(await answerTo(plain, 'bad host"')).toMatchObject({ status: 400, location: undefined });
    // Nobody but its operator trusts this certificate, so browsers must still offer an exception.
    expect(await answerTo(target)).toMatchObject({ status: 200, hsts: undefined });
    // Clients that send nothing, garbage or half a request do not disturb the other clients.
    const { hostname, port } = new URL(relay.url);
    for (const bytes of ['', '\0\0\0', 'GET / HTTP/1.1\r\nHost: x']) {
      const socket = connect(Number(port), hostname, () => bytes && socket.write(bytes));
      socket.on('error', () => undefined);
    }
    const client = await overWebSocket(relay.url);
    await client.close();
    expect((await answerTo(target)).status).toBe(200);
    expect(await readFile(certFile, 'utf8')).toBe(cert);
  }, 60_000);
});

describe('a relay with its own certificate', () => {
  it('does not send HSTS, so that browsers can still offer an exception for its next certificate', async () => {
    const relay = await startRelayProcess({ options: ['--own-certificate', '--public', '*'] });
    expect(relay.url).toMatch(/^https:/);
    expect(await answerTo(relay.url)).toMatchObject({ status: 200, hsts: undefined });
  }, 60_000);
});

describe('the port for the challenges of a certificate authority', () => {
  it('answers challenges, and redirects all other requests to the pages', async () => {
    const port = await freePort();
    const pages = { domains: ['relay.example', 'other.example'], httpsPort: 443 };
    const server = await ChallengeServer.open(`127.0.0.1:${port}`, pages);
    try {
      const url = `http://127.0.0.1:${port}`;
      server.set('abc', 'abc.key');
      const challenge = `${url}/.well-known/acme-challenge/`;
      expect((await answerTo(`${challenge}abc`)).status).toBe(200);
      expect((await answerTo(`${challenge}other`)).status).toBe(404);
      const at = (host: string) => answerTo(`${url}/?name=film`, host);
      expect(await at('other.example')).toMatchObject({
        status: 308,
        location: 'https://other.example/?name=film',
      });
      expect(await at('attacker.example')).toMatchObject({ location: 'https://relay.example/?name=film' });
    } finally {
      await server.close();
    }
  });
});
