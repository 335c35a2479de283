import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Program, run } from './processes.ts';
import { waitFor } from './wait.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const call = promisify(execFile);

/** The script that makes networks of namespaces: `$NETLAB`, or beside the project. */
function netlabScript(): string | undefined {
  const candidates = [process.env.NETLAB, join(dirname(resolve(project)), 'shared/netlab/netlab')];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/** A program of other people's, built by the project's test set-up: in `$PEERS_DIR` or the cache. */
export function peerProgram(name: string): string | undefined {
  const path = join(process.env.PEERS_DIR ?? join(homedir(), '.cache/iroh-live-peers'), name);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** Why there can be no lab network here, or undefined when there can. */
export function whyNoNetlab(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  if (!netlabScript()) return 'there is no netlab script: set NETLAB';
  if (!peerProgram('iroh-relay')) return 'there is no iroh-relay: set PEERS_DIR';
  return undefined;
}

/** What one direction of a link did so far. */
export interface LinkTotals {
  packets: number;
  bytes: number;
  /** By chance, and from a full queue. */
  lost: number;
  dropped: number;
}

let labs = 0;

/** Hosts in network namespaces of their own, and the links between them. */
export class Netlab {
  readonly #name: string;
  readonly #up: Program;
  readonly #programs: Program[] = [];

  private constructor(name: string, up: Program) {
    this.#name = name;
    this.#up = up;
  }

  static async up(hosts: readonly string[]): Promise<Netlab> {
    const name = `il${process.pid % 10_000}x${labs++}`;
    const lab = new Netlab(name, run(script(), ['--name', name, 'up', ...hosts]));
    await lab.#command('wait');
    return lab;
  }

  /** The network namespace that a host is. */
  namespaceOf(host: string): string {
    return `${this.#name}-${host}`;
  }

  /** Runs a program on a host; it is ended with the lab. */
  exec(host: string, command: string, args: readonly string[]): Program {
    const program = run(script(), ['--name', this.#name, 'exec', host, command, ...args]);
    this.#programs.push(program);
    return program;
  }

  /** The real iroh relay on a host; resolves to its URL when it answers. */
  async relay(host: string, address: string): Promise<string> {
    const program = peerProgram('iroh-relay');
    if (!program) throw new Error('there is no iroh-relay');
    const running = this.exec(host, program, ['--dev']);
    await waitFor(
      'the iroh relay answers',
      async () => {
        if (running.child.exitCode !== null) throw new Error(`the relay ended: ${running.errors()}`);
        return this.#answers(host);
      },
      10_000,
    );
    return `http://${address}:3340/`;
  }

  set(host: string, ...settings: string[]): Promise<void> {
    return this.#command('set', host, ...settings);
  }

  block(a: string, b: string): Promise<void> {
    return this.#command('block', a, b);
  }

  unblock(a: string, b: string): Promise<void> {
    return this.#command('unblock', a, b);
  }

  /** What passed each host's link so far. */
  async stats(): Promise<Record<string, Record<'up' | 'down', LinkTotals>>> {
    const { stdout } = await call(script(), ['--name', this.#name, 'stats']);
    return JSON.parse(stdout) as Record<string, Record<'up' | 'down', LinkTotals>>;
  }

  async down(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map((program) => program.stop()));
    await this.#up.stop();
  }

  async #command(...words: string[]): Promise<void> {
    await call(script(), ['--name', this.#name, ...words]);
  }

  async #answers(host: string): Promise<boolean> {
    const look =
      "require('net').connect(3340,'127.0.0.1').on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))";
    const child = spawn(script(), ['--name', this.#name, 'exec', host, process.execPath, '-e', look]);
    const [code] = await once(child, 'exit');
    return code === 0;
  }
}

function script(): string {
  const path = netlabScript();
  if (!path) throw new Error('there is no netlab script: set NETLAB');
  return path;
}
