import type { IncomingMessage, ServerResponse } from 'node:http';
import { Path } from 'moq-net';
import { z } from 'zod';
import { RELAY_TOKEN_PARAM } from '../../../common/relay/relay-api.ts';
import { clientKey } from '../../base/client-key.ts';
import { log } from '../../base/log.ts';
import { isTicketPath, parseTicketPath } from '../../origin/ticket-path.ts';
import { type Access, AuthError, type Authorizer, grantsOf, hostedPath } from '../access/auth.ts';
import type { OnRefused } from '../access/limits.ts';
import { requestUrl } from '../http/request.ts';
import { CLUSTER_SECRET_PARAM, matchesSecret } from './cluster-secret.ts';

/**
 * The path where a cluster's edges request authorization. Edges are the moq-relays that viewers connect to.
 *
 * A moq-relay does not forward subscriptions to broadcasts that nobody has announced. With `--auth-url`,
 * however, it sends this relay the URL of every new session. Viewers therefore connect to
 * `https://edge/?name=TICKET`, and the edge's request makes this relay pull the ticket until the session
 * ends.
 *
 * Requests and responses are those of moq-relay 0.17 (crate moq-auth 0.2). The event of a request is
 * `connect`, `revalidate` or `end`. The response states what the session may do, when that permission
 * expires, and when to revalidate it.
 */
const CLUSTER_AUTH_PATH = '/cluster/auth';

const requestSchema = z.object({
  /** The session id. */
  id: z.string().min(1).max(128),
  event: z.enum(['connect', 'revalidate', 'end']),
  /** Path and query of the session's URL. */
  path: z.string(),
  query: z.string().default(''),
  /** The client's address, `ADDR:PORT`. */
  remote: z.string().optional(),
});
type AuthRequest = z.output<typeof requestSchema>;

/**
 * A session's permissions at an edge, in moq-relay's format: patterns such as `foo/**`, relative to the root.
 */
interface EdgeGrant {
  publish: string[];
  subscribe: string[];
  /** Maps the session's paths to other paths, which are relative to the cluster's root. */
  mounts?: Record<string, string>;
  /** Expiry in seconds since 1970. */
  expires?: number;
  /** Time until the next revalidation, in seconds. */
  revalidate?: number;
  /**
   * Present if the session belongs to another relay in the cluster, which forwards other relays'
   * announcements.
   */
  peer?: true;
}

/**
 * How often edges revalidate sessions, in seconds. After a restart, it takes this relay equally long to learn
 * which tickets to pull.
 */
const REVALIDATE_S = 15;
/**
 * How long sessions continue after this relay stops answering, in seconds. This leaves time to repair the
 * relay.
 */
const EXPIRES_S = 10 * 60;
/**
 * How long a session's pull continues after the session's last revalidation, in ms. If an edge has missed
 * three revalidations, it is assumed to be gone.
 */
const PULL_TIMEOUT_MS = 3 * REVALIDATE_S * 1000;
/** Maximum size of a request body in bytes. A request consists of a ticket and a few hundred other bytes. */
const MAX_BODY_BYTES = 64 * 1024;
/**
 * Maximum number of sessions, at all edges together, that can have a ticket pulled. Further sessions are
 * authorized, but their tickets are not pulled.
 */
const MAX_PULLS = 100_000;

/** The parts of the relay that `ClusterAuth` uses. */
interface ClusterAuthOptions {
  /** The cluster secret. */
  secret: string;
  auth: Authorizer;
  /** The relay's own endpoint id. */
  localId: string;
  onRefused: OnRefused;
  /** See `RelayPulls.pull`. */
  pull: (client: string, ticket: Path.Valid, ended: AbortSignal) => Promise<void>;
  /** For tests: replaces `PULL_TIMEOUT_MS`. */
  pullTimeoutMs?: number;
}

interface EdgePull {
  ticket: Path.Valid;
  ended: AbortController;
  timer: NodeJS.Timeout;
}

/** Authorizes sessions for the edges of a cluster, and pulls the tickets that those sessions request. */
export class ClusterAuth {
  readonly #options: ClusterAuthOptions;
  /** The pulls, keyed by session id. */
  readonly #pulls = new Map<string, EdgePull>();

  constructor(options: ClusterAuthOptions) {
    this.#options = options;
  }

  /** Number of sessions at edges that have a ticket pulled. */
  get pullCount(): number {
    return this.#pulls.size;
  }

  /** Whether an HTTP request asks for authorization. */
  static matches(request: IncomingMessage): boolean {
    return requestUrl(request)?.pathname === CLUSTER_AUTH_PATH;
  }

  /** Answers an authorization request from an edge. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: object = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    const given = requestUrl(request)?.searchParams.get(CLUSTER_SECRET_PARAM) ?? null;
    if (!matchesSecret(given, this.#options.secret)) {
      this.#refuse(request.socket.remoteAddress, 'it sent a wrong cluster secret');
      return send(401);
    }
    if (request.method !== 'POST') return send(405);
    const parsed = requestSchema.safeParse(parseJson(await readBody(request)));
    if (!parsed.success) return send(400);
    const grant = await this.authorize(parsed.data);
    if (grant) send(200, grant);
    else send(403);
  }

  /**
   * Returns a session's permissions at an edge, or undefined if the session is refused. Starts or ends the
   * session's pull.
   */
  async authorize(request: AuthRequest): Promise<EdgeGrant | undefined> {
    const { id, event, path } = request;
    const query = new URLSearchParams(request.query);
    if (event === 'end') {
      this.#endPull(id);
      return { publish: [], subscribe: [] };
    }
    if (matchesSecret(query.get(CLUSTER_SECRET_PARAM), this.#options.secret)) {
      return { publish: ['**'], subscribe: ['**'], peer: true };
    }
    let access: Access;
    try {
      access = await this.#options.auth.authorize(path, query.get(RELAY_TOKEN_PARAM) || undefined);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      this.#refuse(request.remote, `at an edge: ${error.message}`);
      this.#endPull(id);
      return undefined;
    }
    const grant = edgeGrant(access);
    const requested = this.#requestedTicket(query.get('name'), access);
    if (requested) {
      grant.subscribe.push(requested.sessionPath);
      const isSamePath = access.root === '' && requested.sessionPath === requested.path;
      if (!isSamePath) grant.mounts = { [requested.sessionPath]: requested.path };
    }
    if (requested?.needsPull) this.#startPull(request, requested.path);
    else this.#endPull(id);
    // If the grant were empty, the edge would accept the session but silently refuse every request in it. The
    // session itself is therefore refused.
    return grant.publish.length + grant.subscribe.length > 0 ? grant : undefined;
  }

  /** Ends all pulls. */
  close(): void {
    for (const id of [...this.#pulls.keys()]) this.#endPull(id);
  }

  #refuse(address: string | undefined, message: string): void {
    this.#options.onRefused('token', clientKey(address), message);
  }

  /**
   * Returns the ticket in a session's URL and its path in the cluster. Returns undefined if the URL contains
   * no ticket, or a ticket that the session may not read.
   */
  #requestedTicket(
    name: string | null,
    access: Access,
  ): { sessionPath: Path.Valid; path: Path.Valid; needsPull: boolean } | undefined {
    // A path with an asterisk is ignored, because the edge would interpret it as a pattern.
    if (name === null || name.includes('*')) return undefined;
    const sessionPath = Path.from(name);
    const found = parseTicketPath(sessionPath);
    if (!found) return undefined;
    const { broadcastName, endpointId } = found.ticket;
    if (endpointId !== this.#options.localId) {
      return access.pull ? { sessionPath, path: found.path, needsPull: true } : undefined;
    }
    const path = hostedPath(broadcastName, grantsOf(access));
    return path === undefined ? undefined : { sessionPath, path, needsPull: false };
  }

  /** Starts a session's pull. If the session already pulls the same ticket, extends that pull. */
  #startPull({ id, remote }: AuthRequest, ticket: Path.Valid): void {
    const current = this.#pulls.get(id);
    if (current?.ticket === ticket) {
      current.timer.refresh();
      return;
    }
    this.#endPull(id);
    if (this.#pulls.size >= MAX_PULLS) {
      log.warn(`cluster: more than ${MAX_PULLS} viewers at edges`);
      return;
    }
    const ended = new AbortController();
    const timer = setTimeout(() => this.#endPull(id), this.#options.pullTimeoutMs ?? PULL_TIMEOUT_MS);
    timer.unref();
    this.#pulls.set(id, { ticket, ended, timer });
    void this.#options.pull(clientKey(remote), ticket, ended.signal);
  }

  #endPull(id: string): void {
    const pull = this.#pulls.get(id);
    if (!pull) return;
    this.#pulls.delete(id);
    clearTimeout(pull.timer);
    pull.ended.abort();
  }
}

function edgeGrant({ root, read, publish, expiresAtMs }: Access): EdgeGrant {
  const nowS = Math.floor(Date.now() / 1000);
  const endS = expiresAtMs === null ? Number.POSITIVE_INFINITY : Math.floor(expiresAtMs / 1000);
  return {
    publish: patternsOf(publish.filter((prefix) => !coversTickets(Path.join(root, prefix)))),
    subscribe: patternsOf(read),
    revalidate: REVALIDATE_S,
    expires: Math.min(nowS + EXPIRES_S, endS),
  };
}

/**
 * Whether a prefix covers ticket paths. Edges receive no pattern for such a prefix, because a pattern cannot
 * exclude ticket paths, and a session could then impersonate the publisher of a pulled ticket. On this relay
 * itself, grants exclude ticket paths.
 */
function coversTickets(path: Path.Valid): boolean {
  return path === '' || isTicketPath(path);
}

/** Returns the patterns that match a prefix's own path and every path under it. */
function patternsOf(prefixes: readonly Path.Valid[]): string[] {
  return prefixes.flatMap((prefix) => (prefix === '' ? ['**'] : [prefix, `${prefix}/**`]));
}

/** Reads the request body. Returns an empty string if it is larger than `MAX_BODY_BYTES`. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const data: Buffer = chunk;
    bytes += data.byteLength;
    if (bytes > MAX_BODY_BYTES) return '';
    chunks.push(data);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
