/**
 * `publisher.ts DATA_DIR RELAY`: the application without a window; publishes numbered groups, 30 a second of 4 kB, as
 * `hello`. Prints the application's events, one JSON object a line.
 */
import { Path } from 'moq-net';
import { captureConsole } from '../../main/base/log.ts';
import { Numbers } from '../../tests/support/sessions.ts';
import { waitFor } from '../../tests/support/wait.ts';
import { openApp } from './app.ts';

captureConsole();
const { core, window } = await openApp(process.argv.slice(2));
// The ticket that is printed is made when the broadcast begins: it must name the relay.
const online = async () =>
  (await core.handlers['app.state'](null, AbortSignal.timeout(1_000))).irohRelay === 'online';
await waitFor('the relay', online, 20_000);
const numbers = new Numbers({ everyMs: 33, bytes: 4_000 });
window.publish(Path.from('live/hello'), numbers.producer);
