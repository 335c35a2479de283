// `node instance-child.ts DIR [TICKET [AT]]`: claims a data folder at the time AT, in milliseconds since the
// epoch, and prints the results as JSON lines. Ends immediately on SIGTERM; on SIGUSR2, simulates a shutdown
// that takes half a second.
import { claimInstance } from '../../main/host/instance-lock.ts';

const [dataDir = '', ticket, at = '0'] = process.argv.slice(2);
await new Promise((done) => setTimeout(done, Number(at) - Date.now()));
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
let ending = false;
const instance = await claimInstance({
  dataDir,
  ticket: ticket || null,
  onOpen: (opened) => {
    if (!ending) print({ opened });
    return !ending;
  },
}).catch((error: unknown) => ({ kind: 'error' as const, message: String(error) }));
if (instance.kind === 'first') {
  const end = () => void instance.close().then(() => process.exit(0));
  process.on('SIGTERM', end);
  process.on('SIGUSR2', () => {
    ending = true;
    setTimeout(end, 500);
    print({ kind: 'ending' });
  });
  setInterval(() => undefined, 1_000);
}
// Printed after the signal handlers are installed, so that the test can send a signal immediately.
print(instance.kind === 'second' ? { kind: 'second', pid: instance.pid } : { ...instance });
