/**
 * `window.ts URL publish NAME` or `window.ts URL watch TICKET`: acts as the window of a running app.
 * Opens the app's media channel, and publishes the load of `bench/relay` or reads a ticket's broadcast. No
 * browser is needed. Prints `ready` once media flows.
 */
import { Connection, Path } from 'moq-net';
import WebSocket from 'ws';
import { LIVE_PREFIX, MEDIA_PROTOCOL, type MediaSocket } from '../../common/bridge/bridge.ts';
import { MEDIA_PATH, MEDIA_SUBPROTOCOL } from '../../common/bridge/frames.ts';
import { captureConsole } from '../../main/base/log.ts';
import { dialQmux } from '../../tests/support/dial-qmux.ts';
import { startLoad } from '../relay/load.ts';
import { readBroadcast } from './read-broadcast.ts';

captureConsole();
const [url, role, name] = process.argv.slice(2);
if (!url || !name || (role !== 'publish' && role !== 'watch'))
  throw new Error('usage: window.ts URL publish|watch NAME');
const transport = dialQmux(await openMediaSocket(url), MEDIA_PROTOCOL);
await transport.ready;
const session = await Connection.connect(new URL('moq://window/'), { transport });
if (role === 'publish') {
  session.publish(Path.from(`${LIVE_PREFIX}/${name}`), startLoad());
  process.stdout.write('ready\n');
} else {
  const path = Path.from(name);
  const announcements = session.announced(path);
  for (;;) {
    const event = await announcements.next();
    if (!event) throw new Error('the session ended');
    if (event.path === '' && event.active) break;
  }
  readBroadcast(session.consume(path), () => process.stdout.write('ready\n'));
}

/**
 * Opens the WebSocket of the media channel. The response to a request for the address that the app printed
 * contains the socket's path and cookie.
 */
async function openMediaSocket(address: string): Promise<MediaSocket> {
  const answer = await fetch(address, { redirect: 'manual' });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0];
  const base = answer.headers.get('location');
  if (!cookie || !base) throw new Error(`the app answered ${answer.status}`);
  const { origin, host } = new URL(address);
  const socket = new WebSocket(`ws://${host}${base}${MEDIA_PATH}`, MEDIA_SUBPROTOCOL, {
    headers: { cookie },
    origin,
    perMessageDeflate: false,
  });
  return socket as unknown as MediaSocket;
}
