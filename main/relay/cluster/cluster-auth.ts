import type { IncomingMessage, ServerResponse } from 'node:http';
import { Path } from 'moq-net';
import { z } from 'zod';
import { RELAY_TOKEN_PARAM } from '../../../common/relay/relay-api.ts';
import { clientKey } from '../../base/client-key.ts';
import { log } from '../../base/log.ts';
import { isTicketPath } from '../../origin/grants.ts';
import { ticketOf } from '../../pull/ticket-path.ts';
import { type Access, AuthError, type Authorizer, grantsOf } from '../auth.ts';
import type { OnRefused } from '../limits.ts';
import { localPath } from '../sessions.ts';
import { urlOf } from '../site.ts';
import { CLUSTER_SECRET_PARAM, isSecret } from './cluster-secret.ts';

/**
 * A moq-relay passes nothing on of what is asked for and not there: it answers from what was announced to it. But one
 * with `--auth-url` asks that server about each session, with the whole address that the session came to. So a
 * viewer's address at an edge names the ticket, `https://edge/?name=TICKET`, and the edge's question tells this relay
 * that it is wanted, for as long as the session lasts.
 *
 * The fields are those of moq-relay 0.17 (crate moq-auth 0.2): an event `connect`, `revalidate` or `end`; the answer
 * is what the session may do, until when, and when to ask again.
 */
export const CLUSTER_AUTH_PATH = '/cluster/auth';

const questionSchema = z.object({
  id: z.string().min(1).max(128),
  event: z.enum(['connect', 'revalidate', 'end']),
  /** Of the session's address, as it was dialled. */
  path: z.string(),
  query: z.string().default(''),
  /** ADDR:PORT of the client. */
  remote: z.string().optional(),
});
type Question = z.output<typeof questionSchema>;

/** What the edge lets the session do: patterns below the session's root, `foo` or `foo/**`. */
export interface EdgeGrant {
  publish: string[];
  subscribe: string[];
  /** Paths of the session that are read from elsewhere, from the cluster's root. */
  mounts?: Record<string, string>;
  /** Seconds since 1970. */
  expires?: number;
  /** In seconds. */
  revalidate?: number;
  /** Another relay of the cluster: what it announces came from elsewhere. */
  peer?: true;
}

/** How often edges ask again, in seconds: so soon does a relay that was restarted know again what is wanted. */
const REVALIDATE_S = 15;
/** How long sessions outlive a relay that does not answer, in seconds: time to mend it. */
const EXPIRES_S = 10 * 60;
/** An edge that fell silent wants nothing any more: three questions missed, in milliseconds. */
const FORGET_MS = 3 * REVALIDATE_S * 1000;
/** A question is some hundred bytes and a ticket. */
const MAX_BODY_BYTES = 64 * 1024;
/** Viewers with a ticket over all edges; more are let in, but their tickets are not held. */
const MAX_WANTS = 100_000;

export interface ClusterAuthOptions {
  secret: string;
  auth: Authorizer;
  localId: string;
  onRefused: OnRefused;
  /** As of `RelayPulls`. */
  want: (client: string, ticket: Path.Valid, ended: AbortSignal) => Promise<void>;
  /** For tests: after how long a silent edge's wants are forgotten. */
  forgetMs?: number;
}

interface Want {
  ticket: Path.Valid;
  ended: AbortController;
  timer: NodeJS.Timeout;
}

/** Answers the edges of a cluster: who may do what there, and which tickets are wanted. */
export class ClusterAuth {
  readonly #options: ClusterAuthOptions;
  readonly #wants = new Map<string, Want>();

  constructor(options: ClusterAuthOptions) {
    this.#options = options;
  }

  /** Sessions at edges that want a ticket. */
  get wanted(): number {
    return this.#wants.size;
  }

  /** Whether a request is for this. */
  static isFor(request: IncomingMessage): boolean {
    return urlOf(request)?.pathname === CLUSTER_AUTH_PATH;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, body: object = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    const given = urlOf(request)?.searchParams.get(CLUSTER_SECRET_PARAM) ?? null;
    if (!isSecret(given, this.#options.secret)) {
      this.#refused(request.socket.remoteAddress, 'it asked as an edge of the cluster, with a wrong secret');
      return say(401);
    }
    if (request.method !== 'POST') return say(405);
    const question = questionSchema.safeParse(parseJson(await bodyOf(request)));
    if (!question.success) return say(400);
    const grant = await this.decide(question.data);
    if (grant) say(200, grant);
    else say(403);
  }

  /** What the session may do; undefined when it is refused. */
  async decide(question: Question): Promise<EdgeGrant | undefined> {
    const { id, event, path } = question;
    const query = new URLSearchParams(question.query);
    if (event === 'end') {
      this.#drop(id);
      return { publish: [], subscribe: [] };
    }
    if (isSecret(query.get(CLUSTER_SECRET_PARAM), this.#options.secret)) {
      return { publish: ['**'], subscribe: ['**'], peer: true };
    }
    let access: Access;
    try {
      access = await this.#options.auth.authorize(path, query.get(RELAY_TOKEN_PARAM) || undefined);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      this.#refused(question.remote, `at an edge: ${error.message}`);
      this.#drop(id);
      return undefined;
    }
    const grant = grantOf(access);
    const wanted = this.#wantedBy(query.get('name'), access);
    if (wanted) {
      grant.subscribe.push(wanted.seenAs);
      const isThere = access.root === '' && wanted.seenAs === wanted.path;
      if (!isThere) grant.mounts = { [wanted.seenAs]: wanted.path };
    }
    if (wanted?.pulled) this.#hold(question, wanted.path);
    else this.#drop(id);
    // A grant of nothing would be a refusal without a word.
    return grant.publish.length + grant.subscribe.length > 0 ? grant : undefined;
  }

  close(): void {
    for (const id of [...this.#wants.keys()]) this.#drop(id);
  }

  #refused(address: string | undefined, words: string): void {
    this.#options.onRefused('token', clientKey(address), words);
  }

  /** The ticket that a session's address names, for those who may read it, and where the cluster has it. */
  #wantedBy(
    name: string | null,
    access: Access,
  ): { seenAs: Path.Valid; path: Path.Valid; pulled: boolean } | undefined {
    // A star would be a pattern.
    if (name === null || name.includes('*')) return undefined;
    const seenAs = Path.from(name);
    const found = ticketOf(seenAs);
    if (!found) return undefined;
    const { broadcastName, endpointId } = found.ticket;
    if (endpointId !== this.#options.localId) {
      return access.pull ? { seenAs, path: found.path, pulled: true } : undefined;
    }
    const path = localPath(broadcastName, grantsOf(access));
    return path === undefined ? undefined : { seenAs, path, pulled: false };
  }

  #hold({ id, remote }: Question, ticket: Path.Valid): void {
    const held = this.#wants.get(id);
    if (held?.ticket === ticket) {
      held.timer.refresh();
      return;
    }
    this.#drop(id);
    if (this.#wants.size >= MAX_WANTS) {
      log.warn(`cluster: more than ${MAX_WANTS} viewers at edges`);
      return;
    }
    const ended = new AbortController();
    const timer = setTimeout(() => this.#drop(id), this.#options.forgetMs ?? FORGET_MS);
    timer.unref();
    this.#wants.set(id, { ticket, ended, timer });
    void this.#options.want(clientKey(remote), ticket, ended.signal);
  }

  #drop(id: string): void {
    const held = this.#wants.get(id);
    if (!held) return;
    this.#wants.delete(id);
    clearTimeout(held.timer);
    held.ended.abort();
  }
}

function grantOf({ root, read, publish, expiresAtMs }: Access): EdgeGrant {
  const nowS = Math.floor(Date.now() / 1000);
  const endS = expiresAtMs === null ? Number.POSITIVE_INFINITY : Math.floor(expiresAtMs / 1000);
  return {
    publish: patternsOf(publish.filter((prefix) => !holdsTickets(Path.join(root, prefix)))),
    subscribe: patternsOf(read),
    revalidate: REVALIDATE_S,
    expires: Math.min(nowS + EXPIRES_S, endS),
  };
}

/**
 * Whether tickets' paths are below. Patterns have no exceptions, so that whoever may publish everywhere could publish
 * in the place of a publisher whose ticket is pulled: at edges nobody may, here all but tickets' paths can be.
 */
function holdsTickets(path: Path.Valid): boolean {
  return path === '' || isTicketPath(path);
}

/** A prefix is the path itself and all below it. */
function patternsOf(prefixes: readonly Path.Valid[]): string[] {
  return prefixes.flatMap((prefix) => (prefix === '' ? ['**'] : [prefix, `${prefix}/**`]));
}

/** Empty when there is too much of it. */
async function bodyOf(request: IncomingMessage): Promise<string> {
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
