// A process that claims a data folder: `node instance.ts DIR [TICKET [AT]]`, at a moment in milliseconds
// since the epoch. Prints what it got, a JSON object a line. SIGTERM ends it at once, SIGUSR2 takes it half a second.
import { claimInstance } from '../../main/host/instance-lock.ts';

const [dataDir = '', ticket, at = '0'] = process.argv.slice(2);
await new Promise((done) => setTimeout(done, Number(at) - Date.now()));
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
let ending = false;
const instance = await claimInstance({
  dataDir,
  ticket: ticket || null,
  onOpen: (opened) => {
    if (!ending) say({ opened });
    return !ending;
  },
}).catch((error: unknown) => ({ kind: 'error' as const, message: String(error) }));
if (instance.kind === 'first') {
  const end = () => void instance.close().then(() => process.exit(0));
  process.on('SIGTERM', end);
  process.on('SIGUSR2', () => {
    ending = true;
    setTimeout(end, 500);
    say({ kind: 'ending' });
  });
  setInterval(() => undefined, 1_000);
}
// Last, so that whoever reads it can send a signal at once.
say(instance.kind === 'second' ? { kind: 'second', pid: instance.pid } : { ...instance });
