import {
  Endpoint,
  type EndpointBuilder,
  type Endpoint as IrohEndpoint,
  presetMinimal,
  presetN0,
  RelayMode,
} from '@number0/iroh';
import { ReasonError } from '../../common/base/errors.ts';
import { isLoopback, parseSocketAddr } from '../../common/ticket/socket-addr.ts';
import { irohMessage } from '../transport/transport-error.ts';

/** Reasons why the endpoint could not be opened. */
export type EndpointFault = 'bad-address' | 'address-taken' | 'bad-relay' | 'failed';

/** Thrown if the endpoint cannot be opened. The message is for the user and names the value to change. */
export class EndpointError extends ReasonError<EndpointFault> {}

/** Options for an endpoint: its key, socket address, relay and protocols. */
export interface BindOptions {
  /** The secret key, 32 bytes. */
  secretKey: Uint8Array;
  /** `ADDR:PORT`. Defaults to any free port on all addresses. A loopback address restricts the endpoint to loopback. */
  bind?: string;
  /** `default` for n0's relays and discovery, `disabled` for no relay, or the URL of one iroh relay. */
  relay: string;
  /**
   * Only with n0's relays: whether to look up peers by id in n0's DNS and publish this endpoint there. Defaults to
   * true. Disable it if tickets from strangers must not make this endpoint dial arbitrary addresses: the owner of a
   * key can publish any address, and iroh dials published addresses without checking them.
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
  const addrs = bindAddrs(options.bind);
  try {
    return await builderFor(options, addrs).bind();
  } catch (error) {
    // The second address only prevents iroh from listening on other interfaces. The machine may not support its IP
    // version, so try again without it.
    if (addrs.length < 2) throw bindError(error, options.bind);
  }
  try {
    return await builderFor(options, addrs.slice(0, 1)).bind();
  } catch (error) {
    throw bindError(error, options.bind);
  }
}

function bindAddrs(bind: string | undefined): string[] {
  if (bind === undefined) return [];
  const addr = parseSocketAddr(bind);
  if (!addr)
    throw new EndpointError('bad-address', `"${bind}" is not an address with a port, such as 0.0.0.0:4433.`);
  if (!isLoopback(addr)) return [bind];
  // iroh always listens on both IPv4 and IPv6. If one of them has no explicit address, iroh uses all
  // interfaces for it.
  return [bind, addr.ip.length === 4 ? '[::1]:0' : '127.0.0.1:0'];
}

function builderFor(
  { secretKey, relay, lookup = true, alpns }: BindOptions,
  addrs: readonly string[],
): EndpointBuilder {
  const builder = Endpoint.builder();
  if (relay === 'default' && lookup) {
    presetN0(builder);
  } else {
    // The minimal preset contacts none of n0's services and publishes nothing in its DNS.
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
