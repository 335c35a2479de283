import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { certificateFrom } from '../../main/relay/certificates/certificates.ts';
import { makeSelfSigned } from '../../main/relay/certificates/self-signed.ts';
import { AddonTransport } from '../../main/transport/web-transport.ts';
import { loadWebTransport } from '../../main/transport/web-transport-addon.ts';

const CERTIFICATE_MS = 24 * 60 * 60 * 1000;

/**
 * Accepts WebTransport sessions on loopback until the process ends, because the addon cannot stop a waiting
 * server. Returns the URL for `dialTestWebTransport`.
 *
 * @throws AddonError if the addon cannot be loaded
 */
export async function listenWebTransport(onSession: (transport: AddonTransport) => void): Promise<string> {
  const { cert, key } = await makeSelfSigned(CERTIFICATE_MS);
  const address = `127.0.0.1:${await freeUdpPort()}`;
  const server = loadWebTransport().NapiServer.bind(address, Buffer.from(cert), Buffer.from(key));
  void (async () => {
    for (let request = await server.accept(); request; request = await server.accept()) {
      onSession(new AddonTransport(await request.ok()));
    }
  })().catch(() => undefined);
  return `https://${address}/#${certificateFrom(cert, key).sha256}`;
}

/**
 * Connects to a server started with `listenWebTransport`. No subprotocol is offered, so SETUP messages
 * negotiate the version.
 */
export async function dialTestWebTransport(address: string): Promise<AddonTransport> {
  const url = new URL(address);
  const hash = Buffer.from(url.hash.slice(1), 'hex');
  url.hash = '';
  return new AddonTransport(
    await loadWebTransport().NapiClient.withCertificateHashes([hash]).connect(url.href),
  );
}

/** The addon does not report the port to which it is bound. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
