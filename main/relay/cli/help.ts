import { join } from 'node:path';
import { defaultDataDir } from '../../base/paths.ts';
import { DEFAULT_LIMITS } from '../access/limits.ts';

/** The text of `relay token --help`. */
export function tokenHelpText(): string {
  return `Tokens say who may do what on a relay that is started with --auth-key.

Usage
  npm -s start -- relay token key [--algorithm ES256] > relay.key     make a key (JWK); HS256 by default
  npm -s start -- relay token public --key relay.key > relay.pub      its public half: the relay needs no more
  npm -s start -- relay token sign --key relay.key [options]          make a token (JWT)

What a token allows
  --put PATH          Publish at this path and below it; '' for everywhere. May be given often.
  --get PATH          Read at this path and below it; '' for everywhere. May be given often.
  --pull              Have tickets fetched.
  --root PATH         Where all this is: the paths above are below it, and addresses begin with it.
  --expires-in TIME   Such as 90s, 30m, 12h or 7d. Default: never.

A token is given as ?jwt= in the address, such as https://relay.example:4443/publish?jwt=TOKEN
`;
}

/** The text of `relay --help`. */
export function relayHelpText(version: string): string {
  const limits = DEFAULT_LIMITS;
  return `Iroh Live ${version}, relay: lets browsers watch a ticket. It reads a broadcast from its publisher only while
somebody watches, once for all who do, and takes broadcasts published to it.

Usage
  npm start -- relay [options]
  npm start -- relay token key [--algorithm HS256|HS384|HS512|ES256|ES384|EdDSA]   make a key (JWK)
  npm start -- relay token public --key FILE                                       its public half
  npm start -- relay token sign --key FILE [--root PATH] [--get PATH]… [--put PATH]… [--pull]
                                [--expires-in 12h]                                 make a token (JWT)

Addresses
  --bind ADDR:PORT         QUIC (WebTransport). Default: [::]:4443. Port 0: HTTP's number.
  --http-bind ADDR:PORT    TCP (pages, WebSocket). Default: as --bind.
  --iroh-bind ADDR:PORT    The UDP address that iroh listens on. Default: the port of the last time.
                           One of loopback listens on loopback of the other IP version too.
  --iroh-relay URL|default|disabled
                           The iroh relay, which passes sealed packets where no direct path is found.
                           It is not this relay. Default: default, the public ones.

Certificates
  --tls-cert FILE, --tls-key FILE
                           PEM; read again when they change. With them HTTP is HTTPS.
  --domain NAME            Certificates for this name from an authority, got and renewed by itself. May be given
                           often. The name must lead here, on port 80 too. It accepts the authority's terms.
  --acme-email ADDRESS     Told to the authority.
  --acme-directory URL     The authority. Default: Let's Encrypt.
  --acme-ca FILE           PEM; who vouches for an authority that the system does not know.
  --acme-http-bind ADDR:PORT
                           Where the authority is answered. Default: [::]:80.
  --dev                    A self-signed certificate for WebTransport, its hash at /certificate.sha256, and HTTP
                           without TLS. Everything may be read and published, and every ticket pulled.
  Without any: HTTP and WebSocket alone, for a proxy with a certificate in front.

Who may do what
  --public PATH            Read and publish at this path and below it without a token; * for everywhere.
                           May be given often. --public-read and --public-publish: only one of the two.
  --auth-key FILE          The key that tokens are verified with. A token is given as ?jwt= in the address.
                           Its claims are those of moq-relay (root, get, put), and "pull": true.
  --allow-pull             Anybody may watch any ticket through this relay.
  --allow-private-addresses
                           Tickets may lead to private, loopback, link-local addresses: for a relay at home. Only then
                           are peers looked up by their id, and is this relay to be found by its own.

A cluster of moq-relays
  --cluster URL            Publishes what this relay has on that moq-relay, and so in its cluster. Edges that are run
                           with --auth-url https://THIS-RELAY/cluster/auth?secret=… have the tickets pulled here
                           that viewers ask for there. The secret: cluster.secret in the data folder.
  --cluster-token TOKEN    Shown to the cluster in place of the secret: where it has an authority of its own.

Limits
  --max-sessions N         Default: ${limits.sessions}.
  --max-sessions-per-client N
                           A client is an IP address (of IPv6 its /64) over every transport; through an iroh relay
                           a peer's id. WebTransport does not tell addresses: pages show an introduction that they
                           were given over HTTP; sessions without one share a quarter. Default: ${limits.sessionsPerClient}.
  --max-pulls N            Tickets at once. Default: ${limits.pulls}.
  --max-pulls-per-client N Default: ${limits.pullsPerClient}.
  --max-announcements N    Broadcasts of one session. Default: ${limits.announcements}.
  --max-streams N          Open streams of one session, of each kind. Default: ${limits.streams}.
  --max-mbps N             Of all sessions together, both directions; 0: no limit. Default: ${limits.bps / 1e6}.
  --max-mbps-per-client N  Default: ${limits.bpsPerClient / 1e6}.
  --trust-proxy            The client is the last address in X-Forwarded-For.

Other options
  --data-dir DIR           Where the identity is kept. Default: $IROH_LIVE_RELAY_DATA, or
                           ${join(defaultDataDir(), 'relay')}
  --release-after SECONDS  How long a ticket is kept after its last reader. Default: 10.
  --metrics-bind ADDR:PORT Metrics for Prometheus at /metrics there, for anybody who reaches it. On the main port
                           /metrics needs a token that may read everything.
  --config FILE            Options as a JSON object: {"dev":true,"public":["rooms"],"max-sessions":500}. The
                           names are those above without the dashes; the command line overrides the file.
  --json                   One JSON object a line on stdout and nothing else there:
                             {"event":"ready","http":URL,"webTransport":URL|null,"endpointId":…}
                             {"event":"pull","ticket":…,"state":"connecting|live|failed|released",
                              "readers":N,"message":…}
                             {"event":"error","message":…}
  --log-level LEVEL        error, warn, info or debug, on stderr. Default: info, or $IROH_LIVE_LOG.
  --help, -h               This text.

Addresses served
  /, /?name=TICKET         The viewer. /publish: the publish page. /embed?name=TICKET: the viewer alone.
  /healthz                 200 while the relay is up.
  /relay.json              What the relay is and what a token allows.
  any path                 MoQ over WebTransport and WebSocket, as on a moq-relay.

Exit status
  0 ended as asked, 1 something went wrong (said on stderr), 2 the command line is wrong.
`;
}
