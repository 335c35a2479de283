import { Option } from '@commander-js/extra-typings';
import { RELAY_PORT } from '../../../common/relay/relay-api.ts';
import { CliCommand, listOption, valueOption } from '../../base/cli-command.ts';
import { InvalidValueError, socketAddress } from '../../base/option-values.ts';
import {
  dataDirOption,
  irohBindOption,
  irohRelayOption,
  jsonOption,
  logLevelOption,
} from '../../base/shared-options.ts';
import { DEFAULT_LIMITS } from '../access/limits.ts';
import { acmeDirectory, clusterUrl, domainName, emailAddress } from './address-values.ts';
import { relayNotes } from './notes.ts';

/** Port 80 on all addresses, because the authority connects to port 80 (RFC 8555, section 8.3). */
const ACME_HTTP_BIND = '[::]:80';
/** Let's Encrypt's ACME directory: https://letsencrypt.org/docs/acme-protocol-updates. */
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/** The values of the relay's options, keyed by option name in camel case. */
export type RelayValues = ReturnType<ReturnType<typeof relayDefinition>['opts']>;

/** Creates the command `relay` with its options, but without an action. */
export function relayDefinition() {
  return new CliCommand('relay', relayNotes)
    .summary('Run a relay, so that browsers can watch tickets through this machine.')
    .description(
      'Lets browsers watch tickets. The relay reads a broadcast from its publisher only while somebody watches it, once ' +
        'for all viewers. It also accepts broadcasts that are published to it.',
    )
    .optionsGroup('Addresses:')
    .addOption(
      valueOption(
        '--bind <ADDR:PORT>',
        'Address for WebTransport (QUIC, UDP). Port 0: the port number of --http-bind. Default with --dev: the host of ' +
          `--http-bind, or 127.0.0.1:${RELAY_PORT}.`,
        socketAddress,
      ).default(`[::]:${RELAY_PORT}`),
    )
    .addOption(
      valueOption(
        '--http-bind <ADDR:PORT>',
        'Address for pages and WebSocket (TCP). Default: the value of --bind.',
        socketAddress,
      ),
    )
    .addOption(
      irohBindOption(
        'UDP address for iroh. Also opens the same port of the other IP version if it is free, on all addresses or on ' +
          'loopback. To choose both, separate them with a comma: 0.0.0.0:4500,[::]:4500. Default: the ports of the last ' +
          'run, on all addresses.',
      ),
    )
    .addOption(
      irohRelayOption(
        'iroh relay, which forwards encrypted packets when no direct path is found; it is not this relay. A URL, ' +
          '"default" (the public iroh relays), or "disabled".',
      ),
    )
    .optionsGroup('Certificates (without any of these: HTTP and WebSocket only, for a TLS proxy in front):')
    .addOption(
      valueOption(
        '--tls-cert <FILE>',
        'Certificate chain (PEM), with --tls-key. Read again when it changes. HTTP becomes HTTPS.',
        text,
      ),
    )
    .addOption(valueOption('--tls-key <FILE>', 'Private key (PEM) of --tls-cert.', text))
    .addOption(
      listOption(
        '--domain <NAME>',
        'Request and renew a certificate for this name from an ACME authority, and accept its terms. The name must ' +
          'resolve to this machine, and port 80 must be reachable.',
        domainName,
      ),
    )
    .addOption(
      valueOption('--acme-email <ADDRESS>', 'E-mail address for the account at the authority.', emailAddress),
    )
    .addOption(
      valueOption('--acme-directory <URL>', 'ACME directory of the authority.', acmeDirectory).default(
        LETS_ENCRYPT,
      ),
    )
    .addOption(
      valueOption(
        '--acme-ca <FILE>',
        'Root certificate (PEM) of an authority that the system does not trust.',
        text,
      ),
    )
    .addOption(
      valueOption(
        '--acme-http-bind <ADDR:PORT>',
        'Address where the authority verifies the name (HTTP-01).',
        socketAddress,
      ).default(ACME_HTTP_BIND),
    )
    .addOption(
      new Option(
        '--own-certificate',
        'For a home network: HTTPS with a certificate that the relay makes itself and keeps in the data folder. Browsers ' +
          'show a warning once on each device.',
      ),
    )
    .addOption(
      new Option(
        '--dev',
        'Development mode: a self-signed certificate for WebTransport with its hash at /certificate.sha256, HTTP without ' +
          'TLS, and no access control: every path is public and every ticket is pulled. Only this machine can connect, ' +
          'unless --bind, --http-bind or --iroh-bind is set. Requests from other sites and for other host names are refused.',
      ),
    )
    .optionsGroup('Access:')
    .addOption(
      listOption(
        '--public <PATH>',
        'Allow reading and publishing at and below this path without a token; "*" for every path.',
        pathPrefix,
      ),
    )
    .addOption(
      listOption('--public-read <PATH>', 'Allow reading at and below this path without a token.', pathPrefix),
    )
    .addOption(
      listOption(
        '--public-publish <PATH>',
        'Allow publishing at and below this path without a token.',
        pathPrefix,
      ),
    )
    .addOption(
      listOption(
        '--auth-key <FILE>',
        'Key (JWK) or set of keys (JWKS) that verifies tokens. Read again when it changes. Tokens are passed as ?jwt= in ' +
          'the URL, with the claims of moq-relay (root, get, put) and "pull": true.',
        text,
      ),
    )
    .addOption(new Option('--allow-pull', 'Allow anybody to watch any ticket through this relay.'))
    .addOption(
      new Option(
        '--allow-private-addresses',
        'Allow tickets with private, loopback, and link-local addresses, for a relay in a home network. It also enables ' +
          'peer lookup by id, and makes this relay discoverable by its own id.',
      ),
    )
    .optionsGroup('Cluster of moq-relays:')
    .addOption(
      valueOption(
        '--cluster <URL>',
        "Publish this relay's broadcasts on that moq-relay, and so in its cluster. Edges that run with --auth-url " +
          'https://THIS-RELAY/cluster/auth?secret=… make this relay pull the tickets that their viewers request. The ' +
          'secret is in cluster.secret in the data folder.',
        clusterUrl,
      ),
    )
    .addOption(
      valueOption(
        '--cluster-token <TOKEN>',
        'Token for a cluster that has its own authority, sent in place of the secret.',
        text,
      ),
    )
    .optionsGroup('Limits:')
    .addOption(limit('--max-sessions <N>', 'Sessions in total.', DEFAULT_LIMITS.sessions))
    .addOption(
      limit(
        '--max-sessions-per-client <N>',
        'Sessions per client. A client is an IPv4 address or an IPv6 /64 over all transports, or a peer id behind an iroh ' +
          'relay. WebTransport does not report addresses, so pages send an address token that they received over HTTP; ' +
          'sessions without one share a quarter of --max-sessions.',
        DEFAULT_LIMITS.sessionsPerClient,
      ),
    )
    .addOption(limit('--max-pulls <N>', 'Tickets that are pulled at the same time.', DEFAULT_LIMITS.pulls))
    .addOption(
      limit(
        '--max-pulls-per-client <N>',
        'Tickets that are pulled for one client at the same time.',
        DEFAULT_LIMITS.pullsPerClient,
      ),
    )
    .addOption(
      limit(
        '--max-announcements <N>',
        'Broadcasts that one session may publish.',
        DEFAULT_LIMITS.announcements,
      ),
    )
    .addOption(limit('--max-streams <N>', 'Open streams of each kind per session.', DEFAULT_LIMITS.streams))
    .addOption(
      valueOption(
        '--max-mbps <N>',
        'Megabits per second for all sessions in both directions. 0: no limit.',
        megabits,
      ).default(DEFAULT_LIMITS.bps, String(DEFAULT_LIMITS.bps / 1e6)),
    )
    .addOption(
      valueOption(
        '--max-mbps-per-client <N>',
        'Megabits per second for one client. 0: no limit.',
        megabits,
      ).default(DEFAULT_LIMITS.bpsPerClient, String(DEFAULT_LIMITS.bpsPerClient / 1e6)),
    )
    .addOption(
      new Option('--trust-proxy', "Use the last address in X-Forwarded-For as the client's address."),
    )
    .optionsGroup('Other options:')
    .addOption(
      dataDirOption(
        'Folder for the identity and the certificates. Default: $IROH_LIVE_RELAY_DATA, else the folder "relay" in the ' +
          "application's data folder.",
      ),
    )
    .addOption(
      valueOption(
        '--release-after <SECONDS>',
        'How long a pull continues after its last viewer has left.',
        milliseconds,
      ).default(10_000, '10'),
    )
    .addOption(
      valueOption(
        '--metrics-bind <ADDR:PORT>',
        'Serve Prometheus metrics at /metrics, the list of broadcasts at /broadcasts.json, and the health checks on this ' +
          'address, to anybody who can reach it. On the main port, the first two require a token that may read every path.',
        socketAddress,
      ),
    )
    .addOption(
      valueOption(
        '--config <FILE>',
        'Read options from a JSON object: {"dev":true,"public":["rooms"],"max-sessions":500}. Keys are option names without ' +
          'dashes. The command line overrides the file, and the file overrides environment variables.',
        text,
      ),
    )
    .addOption(
      new Option('--check', 'Check the options and the files that they name, print the result, and exit.'),
    )
    .addOption(
      new Option(
        '--access-log',
        'Log each HTTP request and each session on stderr when it ends: path, broadcast, client, status, and duration, but ' +
          'no tokens and no tickets. Needs --log-level info or debug.',
      ),
    )
    .addOption(jsonOption('Print one JSON object per line on stdout and nothing else; see below.'))
    .addOption(logLevelOption());
}

function limit<const Flags extends string>(flags: Flags, description: string, fallback: number) {
  return valueOption(flags, description, count).default(fallback);
}

function text(value: string): string {
  return value;
}

/** Normalizes a path prefix. `*`, `**` and `/` match every path and become the empty prefix. */
function pathPrefix(pattern: string): string {
  if (pattern === '*' || pattern === '**' || pattern === '/') return '';
  const prefix = pattern.replace(/\/\*{1,2}$/, '').replace(/^\/+|\/+$/g, '');
  if (prefix === '' || prefix.includes('*'))
    throw new InvalidValueError('a path such as "rooms/one", or "*"');
  return prefix;
}

function count(value: string): number {
  if (!/^\d{1,9}$/.test(value) || Number(value) === 0)
    throw new InvalidValueError('a whole number of at least 1');
  return Number(value);
}

/**
 * Parses megabits per second. Returns bits per second.
 *
 * @throws InvalidValueError
 */
function megabits(value: string): number {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(value)) {
    throw new InvalidValueError('megabits per second, 0 for no limit');
  }
  return Number(value) * 1_000_000;
}

/**
 * Parses seconds. Returns milliseconds.
 *
 * @throws InvalidValueError
 */
function milliseconds(value: string): number {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(value)) throw new InvalidValueError('seconds');
  return Number(value) * 1000;
}
