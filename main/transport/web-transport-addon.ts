import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf, ReasonError } from '../../common/base/errors.ts';

/**
 * The native part of `@moq/web-transport`: WebTransport over HTTP/3 for Node. The package's own wrapper is TypeScript,
 * which Node does not run from node_modules, and drops the codes of streams; so its addon is used as it is. What stands
 * here of its types is what this project calls.
 */
export interface AddonSend {
  write(data: Buffer): Promise<void>;
  finish(): Promise<void>;
  reset(code: number): Promise<void>;
  setPriority(priority: number): Promise<void>;
}

export interface AddonReceive {
  /** Null at the end of the stream. */
  read(maxBytes: number): Promise<Buffer | null>;
  stop(code: number): Promise<void>;
}

export interface AddonPair {
  /** Once each. */
  takeSend(): AddonSend;
  takeRecv(): AddonReceive;
}

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

export interface AddonRequest {
  /** To be read before `ok` and `reject`, which use the request up. */
  readonly url: Promise<string>;
  ok(): Promise<AddonSession>;
  reject(status: number): Promise<void>;
}

export interface AddonServer {
  /** Null when the server is closed. */
  accept(): Promise<AddonRequest | null>;
  /** Blocks the whole process while an `accept` is under way. */
  close(): void;
}

export interface WebTransportAddon {
  NapiServer: { bind(addr: string, certPem: Buffer, keyPem: Buffer): AddonServer };
  NapiClient: {
    withSystemRoots(): AddonClient;
    withCertificateHashes(hashes: Buffer[]): AddonClient;
  };
}

export interface AddonClient {
  connect(url: string, options?: { protocols?: string[] }): Promise<AddonSession>;
}

/** missing: the package is not there. system: it does not run on this system, such as one with an older C library. */
export type AddonFault = 'missing' | 'system';

export class AddonError extends ReasonError<AddonFault> {}

const PACKAGE = '@moq/web-transport';

/** @throws AddonError whose message says what keeps it from running. */
export function loadWebTransport(): WebTransportAddon {
  // The bundles are CommonJS, and so have a file name; sources run as modules.
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
  if (!isAddon(loaded)) throw new AddonError('missing', `the package ${PACKAGE} is not the one expected`);
  return loaded;
}

function isAddon(loaded: unknown): loaded is WebTransportAddon {
  return typeof loaded === 'object' && loaded !== null && 'NapiServer' in loaded && 'NapiClient' in loaded;
}

/** Its loader tries several files and reports a chain; a library that the system lacks is what is worth telling. */
function deepestMessage(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at instanceof Error && messages.length < 20; at = at.cause) messages.push(at.message);
  const telling = messages.find((message) => /GLIBC|symbol|dlopen|not a valid/i.test(message));
  return (telling ?? messages[0] ?? messageOf(error)).split('\n')[0] ?? '';
}
