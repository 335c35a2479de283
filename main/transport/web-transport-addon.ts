import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf, ReasonError } from '../../common/base/errors.ts';

/**
 * The native addon in `@moq/web-transport`, which implements WebTransport over HTTP/3 for Node. The package's
 * own wrapper is not used, because Node does not run TypeScript from node_modules, and because the wrapper
 * drops stream error codes. These types cover only the calls that this project makes.
 */

/** The sending half of a stream. */
export interface AddonSend {
  write(data: Buffer): Promise<void>;
  finish(): Promise<void>;
  reset(code: number): Promise<void>;
  setPriority(priority: number): Promise<void>;
}

/** The receiving half of a stream. */
export interface AddonReceive {
  /** Resolves to null at the end of the stream. */
  read(maxBytes: number): Promise<Buffer | null>;
  stop(code: number): Promise<void>;
}

/** A bidirectional stream. */
export interface AddonPair {
  /** Each half can be taken only once. */
  takeSend(): AddonSend;
  takeRecv(): AddonReceive;
}

/** A WebTransport session. */
export interface AddonSession {
  readonly protocol: string | null;
  acceptUni(): Promise<AddonReceive>;
  acceptBi(): Promise<AddonPair>;
  openUni(): Promise<AddonSend>;
  openBi(): Promise<AddonPair>;
  sendDatagram(data: Buffer): void;
  recvDatagram(): Promise<Buffer>;
  maxDatagramSize(): number;
  close(code: number, reason: string): void;
  closed(): Promise<{ closeCode: number; reason: string }>;
}

/** A client's request to open a session. */
export interface AddonRequest {
  /** Must be read before `ok` or `reject`, which consume the request. */
  readonly url: Promise<string>;
  ok(): Promise<AddonSession>;
  reject(status: number): Promise<void>;
}

/** A listening WebTransport server. */
export interface AddonServer {
  /** Resolves to null when the server is closed. */
  accept(): Promise<AddonRequest | null>;
  /** Blocks the whole process while an `accept` is pending. */
  close(): void;
}

/** The addon's exports. */
export interface WebTransportAddon {
  NapiServer: { bind(addr: string, certPem: Buffer, keyPem: Buffer): AddonServer };
  NapiClient: {
    withSystemRoots(): AddonClient;
    withCertificateHashes(hashes: Buffer[]): AddonClient;
  };
}

/** Dials WebTransport servers. */
export interface AddonClient {
  connect(url: string, options?: { protocols?: string[] }): Promise<AddonSession>;
}

/**
 * `missing`: the package is not installed. `system`: it does not run on this system, for example because the C
 * library is too old.
 */
export type AddonFault = 'missing' | 'system';

/** Thrown when the addon cannot be loaded. */
export class AddonError extends ReasonError<AddonFault> {}

const PACKAGE = '@moq/web-transport';

/** Loads the addon. @throws AddonError with the cause in its message */
export function loadWebTransport(): WebTransportAddon {
  // `__filename` exists in the bundles, which are CommonJS, but not when the sources run as ES modules.
  const require = createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
  const folders = require.resolve.paths(PACKAGE) ?? [];
  const file = folders.map((folder) => join(folder, PACKAGE, 'napi.cjs')).find((path) => existsSync(path));
  if (file === undefined) throw new AddonError('missing', `the package ${PACKAGE} is not installed`);
  let loaded: unknown;
  try {
    loaded = require(file);
  } catch (error) {
    throw new AddonError('system', deepestMessage(error), { cause: error });
  }
  if (!isAddon(loaded)) throw new AddonError('missing', `the package ${PACKAGE} has unexpected exports`);
  return loaded;
}

function isAddon(loaded: unknown): loaded is WebTransportAddon {
  return typeof loaded === 'object' && loaded !== null && 'NapiServer' in loaded && 'NapiClient' in loaded;
}

/**
 * Returns the most specific message in the chain of errors that the addon's loader throws. If a library is
 * missing, this message names it.
 */
function deepestMessage(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at instanceof Error && messages.length < 20; at = at.cause) messages.push(at.message);
  const specific = messages.find((message) => /GLIBC|symbol|dlopen|not a valid/i.test(message));
  return (specific ?? messages[0] ?? messageOf(error)).split('\n')[0] ?? '';
}
