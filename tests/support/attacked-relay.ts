import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Path } from 'moq-net';
import { expect } from 'vitest';
import WebSocket from 'ws';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { runTokenCommand } from '../../main/relay/cli/token-command.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { removeDataDirs } from './app-process.ts';
import { Bystanders } from './bystanders.ts';
import { stopPrograms } from './processes.ts';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';
import type { Client } from './relays.ts';
import { waitFor } from './wait.ts';

/**
 * Maximum growth of the relay's memory during an attack, in bytes. The limit is generous, because Node is
 * slow to return memory to the system.
 */
const SLACK_BYTES = 300_000_000;

/**
 * A relay in a separate process that a test attacks while a viewer watches, with helpers for the attackers.
 */
export class AttackedRelay {
  #folder = '';
  #keyFile = '';
  #relay: RelayProcess | undefined;
  #bystanders: Bystanders | undefined;
  #ownTicket = '';
  #log = '';
  #restingBytes = 0;
  readonly #open: { close(): unknown }[] = [];

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'iroh-live-hostile-'));
    this.#keyFile = join(this.#folder, 'key.jwk');
    await writeFile(this.#keyFile, await runTokenCommand({ action: 'key', algorithm: 'ES256' }));
    const relay = await startRelayProcess({
      options: ['--dev', '--auth-key', this.#keyFile, '--metrics-bind', '127.0.0.1:0'],
    });
    this.#relay = relay;
    this.#log = relay.program.stderr();
    relay.program.child.stderr?.on('data', (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
    this.#ownTicket = (await (await fetch(new URL('/relay.json', relay.url))).json()).ticketBase;
    this.#bystanders = await Bystanders.start(relay.url);
    await this.#bystanders.expectUndisturbed();
    this.#restingBytes = await this.metric('process_resident_memory_bytes');
  }

  async close(): Promise<void> {
    await this.#bystanders?.close();
    await stopPrograms();
    removeDataDirs();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * Checks after an attack that the relay is still running, that the viewer was not disturbed, and that no
   * session remains.
   */
  async check(): Promise<void> {
    for (const opened of this.#open.splice(0).reverse()) await opened.close();
    expect(this.relay.program.child.exitCode, 'the relay is running').toBeNull();
    await this.bystanders.expectUndisturbed();
    await waitFor('only the bystanders have sessions', async () => (await this.sessionCount()) === 2, 20_000);
    expect(await this.metric('iroh_live_relay_broadcasts')).toBe(1);
    const bytes = await this.metric('process_resident_memory_bytes');
    expect(bytes).toBeLessThan(this.#restingBytes + SLACK_BYTES);
  }

  get relay(): RelayProcess {
    if (!this.#relay) throw new Error('not started');
    return this.#relay;
  }

  get bystanders(): Bystanders {
    if (!this.#bystanders) throw new Error('not started');
    return this.#bystanders;
  }

  get port(): number {
    return Number(new URL(this.relay.url).port);
  }

  get keyFile(): string {
    return this.#keyFile;
  }

  /** A ticket for the relay itself, without a broadcast name. */
  get ownTicket(): string {
    return this.#ownTicket;
  }

  /** The relay's log so far, at level `info` and above. */
  get log(): string {
    return this.#log;
  }

  /** The log lines after the first `length` characters of the log. */
  logLinesSince(length: number): string[] {
    return this.#log.slice(length).split('\n').filter(Boolean);
  }

  /** Closes `opened` after the current test. */
  own<T extends { close(): unknown }>(opened: T): T {
    this.#open.push(opened);
    return opened;
  }

  /** The current value of a metric without labels. */
  async metric(name: string): Promise<number> {
    return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await this.#metrics())?.[1]);
  }

  /** The number of open sessions over all transports. */
  async sessionCount(): Promise<number> {
    const counts = (await this.#metrics()).matchAll(/^iroh_live_relay_sessions\{.*\} (\d+)/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** The number of sessions that the relay has refused for this reason. */
  async refusalCount(reason: string): Promise<number> {
    const found = new RegExp(`refused_total\\{reason="${reason}"\\} (\\d+)`).exec(await this.#metrics());
    return Number(found?.[1] ?? 0);
  }

  /** Connects from a separate address, so that the attack does not count toward the bystanders' limits. */
  connectTcp(): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    socket.on('error', () => undefined).resume();
    this.own({ close: () => socket.destroy() });
    return socket;
  }

  /**
   * Opens a WebSocket that the relay accepts as a MoQ session, so that the test can send arbitrary bytes on
   * it.
   */
  async openWebSocket(protocol = 'qmux-02.moq-lite-05'): Promise<WebSocket> {
    const url = this.relay.url.replace('http', 'ws');
    const socket = new WebSocket(url, [protocol], { localAddress: '127.0.0.2' });
    socket.on('error', () => undefined);
    await once(socket, 'open');
    this.own({ close: () => socket.terminate() });
    return socket;
  }

  /** Connects from an iroh endpoint that has a separate address. */
  async dialIroh(alpn = 'moq-lite-04'): Promise<IrohTransport> {
    const bind = '127.0.0.2:0';
    const options = { secretKey: randomBytes(32), bind, relay: 'disabled', alpns: [alpn] };
    const endpoint = this.own(await LiveEndpoint.open(options));
    const transport = await endpoint.connect(parseTicket(`${this.#ownTicket}x`));
    transport.closed.catch(() => undefined);
    this.own({ close: () => transport.close() });
    return transport;
  }

  /** Reads the number in the next frame from the bystanders' broadcast. */
  async readBystanderNumber(client: Client): Promise<number> {
    const track = client.established.consume(Path.from(this.bystanders.name)).subscribe('video');
    const group = await track.recvGroup();
    const frame = await group?.readFrame();
    track.close();
    if (!frame) throw new Error('nothing was read');
    return new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint32(0);
  }

  async #metrics(): Promise<string> {
    const url = await waitFor('metrics', () => /metrics are at (\S+)/.exec(this.#log)?.[1]);
    return (await fetch(url)).text();
  }
}

/** Resolves when the socket is closed. */
export function socketClosed(socket: Socket): Promise<void> {
  return socket.closed ? Promise.resolve() : new Promise((done) => socket.once('close', () => done()));
}

/** Resolves when the WebSocket is closed. */
export async function webSocketClosed(socket: WebSocket): Promise<void> {
  if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close');
}
