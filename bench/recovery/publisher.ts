/**
 * `publisher.ts DATA_DIR RELAY`: runs the app without a window, publishes 30 numbered 4 kB groups per second
 * as `hello`, and prints the app's events as JSON lines.
 */
import { Path } from 'moq-net';
import { captureConsole } from '../../main/base/log.ts';
import { NumberedBroadcast } from '../../tests/support/sessions.ts';
import { waitFor } from '../../tests/support/wait.ts';
import { openApp } from './app.ts';

captureConsole();
const { core, window } = await openApp(process.argv.slice(2));
// The app prints the ticket as soon as the broadcast starts, so wait for the relay before starting the
// broadcast. The ticket then includes the relay.
const online = async () =>
  (await core.handlers['app.state'](null, AbortSignal.timeout(1_000))).irohRelay === 'online';
await waitFor('the relay', online, 20_000);
const numbers = new NumberedBroadcast({ everyMs: 33, bytes: 4_000 });
window.publish(Path.from('live/hello'), numbers.producer);
