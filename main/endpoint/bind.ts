import {
  Endpoint,
  type EndpointBuilder,
  type Endpoint as IrohEndpoint,
  presetMinimal,
  presetN0,
  RelayMode,
} from '@number0/iroh';
import { ReasonError } from '../../common/base/errors.ts';
import {
  formatSocketAddr,
  isLoopback,
  parseSocketAddr,
  type SocketAddr,
} from '../../common/ticket/socket-addr.ts';
import { irohMessage } from '../transport/transport-error.ts';

/** Reasons why the endpoint could not be opened. */
export type EndpointFault = 'bad-address' | 'address-taken' | 'bad-relay' | 'failed';

/** Thrown if the endpoint cannot be opened. The message is for the user and names the value that failed. */
export class EndpointError extends ReasonError<EndpointFault> {}

/** Options for an endpoint: its key, socket address, relay and protocols. */
export interface BindOptions {
  /** The secret key, 32 bytes. */
  secretKey: Uint8Array;
  /**
   * `ADDR:PORT`, or one address of each IP version, separated by a comma. A single address also opens the
   * same port for the other IP version if it is free: on loopback for a loopback address, on all addresses
   * otherwise. Defaults to any free ports on all addresses.
   */
  bind?: string;
  /** `default` for n0's relays and discovery, `disabled` for no relay, or the URL of one iroh relay. */
  relay: string;
  /**
   * Only with n0's relays: whether to look up peers by id in n0's DNS and publish this endpoint there.
   * Defaults to true. Disable it if tickets come from strangers: the owner of a key can publish any address,
   * and iroh dials published addresses without checking them.
   */
  lookup?: boolean;
  alpns: readonly string[];
}

/**
 * Opens an iroh endpoint.
 *
 * @throws EndpointError if it cannot be opened
 */
export async function bindEndpoint(options: BindOptions): Promise<IrohEndpoint> {
  let fault: unknown;
  for (const addrs of bindChoices(options.bind)) {
    try {
      return await builderFor(options, addrs).bind();
    } catch (error) {
      fault = error;
    }
  }
  throw bindError(fault, options.bind);
}

/**
 * Returns the lists of addresses to bind, in order of preference. iroh always listens on both IP versions. If
 * a list lacks one, iroh uses any port on all interfaces for it, or skips it if the machine does not support
 * it.
 */
function bindChoices(bind: string | undefined): string[][] {
  if (bind === undefined) return [[]];
  const [addr, other] = parseBind(bind);
  if (other) return [[formatSocketAddr(addr), formatSocketAddr(other)]];
  const first = formatSocketAddr(addr);
  const second = (port: number) => {
    if (isLoopback(addr)) return addr.ip.length === 4 ? `[::1]:${port}` : `127.0.0.1:${port}`;
    return addr.ip.length === 4 ? `[::]:${port}` : `0.0.0.0:${port}`;
  };
  return [[first, second(addr.port)], ...(addr.port === 0 ? [] : [[first, second(0)]]), [first]];
}

/**
 * Parses `BindOptions.bind`.
 *
 * @throws EndpointError if it is not one address, or one of each IP version
 */
export function parseBind(bind: string): [SocketAddr, SocketAddr?] {
  const [addr, other, ...more] = bind.split(',').map((text) => parseSocketAddr(text.trim()));
  const isValid = bind.includes(',') ? other && other.ip.length !== addr?.ip.length : true;
  if (!addr || !isValid || more.length > 0) {
    throw new EndpointError(
      'bad-address',
      `"${bind}" is not an address with a port, such as 0.0.0.0:4433, nor one of each IP version, such as ` +
        '0.0.0.0:4433,[::]:4433.',
    );
  }
  return other ? [addr, other] : [addr];
}

function builderFor(
  { secretKey, relay, lookup = true, alpns }: BindOptions,
  addrs: readonly string[],
): EndpointBuilder {
  const builder = Endpoint.builder();
  if (relay === 'default' && lookup) {
    presetN0(builder);
  } else {
    // The minimal preset contacts none of n0's services and publishes nothing in n0's DNS.
    presetMinimal(builder);
    builder.relayMode(relayMode(relay));
  }
  builder.secretKey(Array.from(secretKey));
  builder.alpns(alpns.map((alpn) => Array.from(Buffer.from(alpn))));
  for (const addr of addrs) builder.bindAddr(addr);
  return builder;
}

function relayMode(relay: string): RelayMode {
  if (relay === 'disabled') return RelayMode.disabled();
  if (relay === 'default') return RelayMode.defaultMode();
  const url = URL.canParse(relay) ? new URL(relay) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new EndpointError(
      'bad-relay',
      `"${relay}" is not an iroh relay. Use "default", "disabled", or the relay's web address.`,
    );
  }
  return RelayMode.customFromUrls([url.href]);
}

function bindError(error: unknown, bind: string | undefined): EndpointError {
  if (error instanceof EndpointError) return error;
  const text = irohMessage(error);
  if (/in use/.test(text)) {
    return new EndpointError('address-taken', `The address ${bind ?? ''} is in use by another program.`, {
      cause: error,
    });
  }
  if (/Cannot assign|not available|not valid in its context/.test(text)) {
    return new EndpointError('bad-address', `This machine does not have the address ${bind ?? ''}.`, {
      cause: error,
    });
  }
  const detail = text.split('\n').at(-1)?.trim() ?? text;
  return new EndpointError('failed', `The network endpoint could not be opened: ${detail}.`, {
    cause: error,
  });
}
