import { Connection, Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { AddonTransport } from '../../main/transport/web-transport.ts';
import type {
  AddonClient,
  AddonReceive,
  AddonSession,
  WebTransportAddon,
} from '../../main/transport/web-transport-addon.ts';
import { type BenchViewer, countGroup, emptyTally, GroupStream, nowMs, type Tally } from './light-viewer.ts';

/**
 * Read size, in bytes. It is larger than the load's largest frame, so reading a frame usually takes a single
 * call to the addon.
 */
const READ_BYTES = 64 * 1024;

/**
 * A viewer over WebTransport. @moq/net does the handshake and subscribes; this class reads the groups. Most
 * of its CPU time is spent in the WebTransport addon, which the relay under test also uses.
 */
export class QuicViewer implements BenchViewer {
  readonly tally: Tally = emptyTally();
  readonly #session: AddonSession;
  readonly #established: Connection.Established;
  ended: string | undefined;

  private constructor(session: AddonSession, established: Connection.Established) {
    this.#session = session;
    this.#established = established;
    void this.#accept();
  }

  /**
   * Creates a client that trusts one self-signed certificate. The certificate's SHA-256 hash is downloaded
   * from `hashUrl`.
   */
  static async client(addon: WebTransportAddon, hashUrl: string): Promise<AddonClient> {
    const hash = (await (await fetch(hashUrl)).text()).trim();
    return addon.NapiClient.withCertificateHashes([Buffer.from(hash, 'hex')]);
  }

  /**
   * Connects and subscribes to tracks of a broadcast. The subscription ids that @moq/net assigns are the
   * tracks' indices in the tally.
   */
  static async open(
    client: AddonClient,
    url: string,
    broadcast: string,
    tracks: readonly string[],
  ): Promise<QuicViewer> {
    const session = await client.connect(url, { protocols: ['moq-lite-04'] });
    const transport = new Proxy(new AddonTransport(session), {
      get(target, key) {
        if (key === 'incomingUnidirectionalStreams') return new ReadableStream();
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    transport.closed.catch(() => undefined);
    const established = await Connection.connect(new URL(url), { transport });
    const viewer = new QuicViewer(session, established);
    const consumer = established.consume(Path.from(broadcast));
    for (const track of tracks) consumer.subscribe(track);
    return viewer;
  }

  reset(): void {
    Object.assign(this.tally, emptyTally());
  }

  close(): void {
    this.#established.close();
    this.#session.close(0, '');
  }

  async #accept(): Promise<void> {
    try {
      for (;;) void this.#read(await this.#session.acceptUni());
    } catch (error) {
      this.ended ??= messageOf(error);
    }
  }

  /** Reads one group. Never rejects; if the stream was reset, counts the reset in the tally. */
  async #read(stream: AddonReceive): Promise<void> {
    const group = new GroupStream();
    try {
      for (;;) {
        const bytes = await stream.read(READ_BYTES);
        if (!bytes) break;
        this.tally.bytes += bytes.byteLength;
        group.push(bytes, (madeMs) => this.tally.delaysMs.push(nowMs() - madeMs));
      }
      countGroup(this.tally, group);
    } catch {
      this.tally.resets += 1;
    }
  }
}
