import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isInstalled, type Program, run } from './processes.ts';
import { waitFor } from './wait.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);

/**
 * The path of the script that creates lab networks: `$NETLAB`, or a file next to the project; undefined if
 * there is none.
 */
function netlabScript(): string | undefined {
  const candidates = [process.env.NETLAB, join(dirname(resolve(project)), 'shared/netlab/netlab')];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/**
 * The path of a third-party program such as `iroh-relay`, in `$PEERS_DIR` or the cache; undefined if it is
 * missing.
 */
export function peerProgram(name: string): string | undefined {
  const path = join(process.env.PEERS_DIR ?? join(homedir(), '.cache/iroh-live-peers'), name);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** Why this machine cannot run a lab network; undefined if it can. */
export function netlabProblem(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist only on Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (!existsSync('/dev/net/tun')) return '/dev/net/tun is missing';
  for (const program of ['ip', 'python3']) {
    if (!isInstalled(program)) return `the program ${program} is missing`;
  }
  // `ip` remounts `/` when it enters a network namespace, which fails if `/` is not a mount point.
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  if (!mounts.some((mount) => mount.split(' ')[4] === '/')) {
    return 'the root folder is no mount point, as in a chroot: network namespaces cannot be entered';
  }
  if (!netlabScript()) return NO_SCRIPT;
  if (!peerProgram('iroh-relay')) return NO_RELAY;
  return undefined;
}

const NO_SCRIPT = 'the netlab script is missing: set NETLAB';
const NO_RELAY = 'the program iroh-relay is missing: set PEERS_DIR';

/** Traffic in one direction of a host's network link since the lab started. */
export interface LinkTotals {
  packets: number;
  bytes: number;
  /** Packets dropped by the configured random loss. */
  lost: number;
  /** Packets dropped because the queue was full. */
  dropped: number;
}

let labCount = 0;

/** A network of hosts, each in its own network namespace, with adjustable links. */
export class Netlab {
  readonly #name: string;
  readonly #up: Program;
  readonly #programs: Program[] = [];

  private constructor(name: string, up: Program) {
    this.#name = name;
    this.#up = up;
  }

  /** Starts a network with the given hosts. */
  static async up(hosts: readonly string[]): Promise<Netlab> {
    const name = `il${process.pid % 10_000}x${labCount++}`;
    const lab = new Netlab(name, run(script(), ['--name', name, 'up', ...hosts]));
    await lab.#command('wait');
    return lab;
  }

  /** The name of a host's network namespace. */
  namespaceOf(host: string): string {
    return `${this.#name}-${host}`;
  }

  /** Runs a program on a host. `down` stops it. */
  run(host: string, command: string, args: readonly string[]): Program {
    const program = run(script(), ['--name', this.#name, 'exec', host, command, ...args]);
    this.#programs.push(program);
    return program;
  }

  /**
   * Starts a real iroh relay on the host with this IP address. Resolves to the relay's URL once it accepts
   * connections.
   */
  async startIrohRelay(host: string, address: string): Promise<string> {
    const program = peerProgram('iroh-relay');
    if (!program) throw new Error(NO_RELAY);
    const relay = this.run(host, program, ['--dev']);
    await waitFor(
      'the iroh relay accepts connections',
      async () => {
        if (relay.child.exitCode !== null) throw new Error(`the iroh relay ended: ${relay.stderr()}`);
        return this.#acceptsConnections(host);
      },
      10_000,
    );
    return `http://${address}:3340/`;
  }

  /**
   * Changes the settings of a host's link. Each setting has the form `loss=5%`, `jitter=20ms` or
   * `down.rate=2mbit`.
   */
  configureLink(host: string, ...settings: string[]): Promise<void> {
    return this.#command('set', host, ...settings);
  }

  /** Drops all packets between two hosts. */
  block(a: string, b: string): Promise<void> {
    return this.#command('block', a, b);
  }

  /** Reverses `block`. */
  unblock(a: string, b: string): Promise<void> {
    return this.#command('unblock', a, b);
  }

  /** The traffic on each host's link, by host. */
  async stats(): Promise<Record<string, Record<'up' | 'down', LinkTotals>>> {
    const { stdout } = await execute(script(), ['--name', this.#name, 'stats']);
    return JSON.parse(stdout) as Record<string, Record<'up' | 'down', LinkTotals>>;
  }

  /** Stops all programs and removes the network. */
  async down(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map((program) => program.stop()));
    await this.#up.stop();
  }

  async #command(...words: string[]): Promise<void> {
    await execute(script(), ['--name', this.#name, ...words]);
  }

  async #acceptsConnections(host: string): Promise<boolean> {
    const connect =
      "require('net').connect(3340,'127.0.0.1').on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))";
    const child = spawn(script(), ['--name', this.#name, 'exec', host, process.execPath, '-e', connect]);
    const [code] = await once(child, 'exit');
    return code === 0;
  }
}

function script(): string {
  const path = netlabScript();
  if (!path) throw new Error(NO_SCRIPT);
  return path;
}
