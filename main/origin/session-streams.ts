import type { Path } from 'moq-net';
import type { Scope } from '../../common/base/scope.ts';
import { guardTransport } from '../moq/guarded-transport.ts';
import { SessionVersion } from '../moq/lite-version.ts';
import { OpenGroups } from '../moq/open-group-limit.ts';
import type { PathRequest, RequestHandler } from '../moq/request-interceptor.ts';
import { RequestServer } from '../moq/request-server.ts';
import { StreamShedder } from '../moq/stream-shedding.ts';
import { WaitingBytes } from '../moq/waiting-bytes.ts';
import type { ForwardedBroadcast } from './forwarded-broadcast.ts';

/** Close codes for sessions whose streams violate a limit or the protocol. */
const CLOSE_STUCK = 6;
const CLOSE_OVERFLOW = 8;

/** Options for `SessionStreams`. */
interface SessionStreamsOptions {
  transport: WebTransport & { readonly protocol?: string };
  /** Whether this side opened the session, and therefore probably reads from a distant peer. */
  isClient: boolean;
  /** The check for stalled streams stops when this scope closes. */
  scope: Scope;
  /** Returns the broadcast that is published to the session at a path. */
  findBroadcast: (path: Path.Valid) => ForwardedBroadcast | undefined;
  /** Reports a violation by the peer. `what` completes the sentence "The peer …". */
  warn: (what: string) => void;
  close: (reason: string, code: number) => void;
}

/** Listeners for the peer's requests. */
interface RequestListeners {
  listener: (request: PathRequest) => Promise<void>;
  /**
   * Resolves to the handler for a request; undefined if moq-net should answer it. `server` answers requests
   * for media.
   */
  selectHandler: (request: PathRequest, server: RequestServer) => Promise<RequestHandler | undefined>;
}

/** The streams of one session. Checks the peer's streams, drops groups that the peer reads too slowly, and counts bytes. */
export class SessionStreams {
  readonly #options: SessionStreamsOptions;
  readonly #shedder: StreamShedder;
  readonly #openGroups = new OpenGroups();

  constructor(options: SessionStreamsOptions) {
    this.#options = options;
    const { transport, scope, close } = options;
    this.#shedder = new StreamShedder(
      scope,
      (sendOptions) => transport.createUnidirectionalStream(sendOptions),
      {
        onStuck: () => close('too slow: nothing is read', CLOSE_STUCK),
      },
    );
  }

  /** Number of bytes of media and catalogs so far. Bytes that the peer has not accepted do not count as sent. */
  get groupBytes(): { sent: number; received: number } {
    return { sent: this.#shedder.sentBytes, received: this.#openGroups.receivedBytes };
  }

  /** Wraps the transport to check all streams, intercept requests, limit open groups, and reset stalled group streams. */
  guard({ listener, selectHandler }: RequestListeners): WebTransport {
    const { transport, isClient, scope, findBroadcast, warn, close } = this.#options;
    const shedder = this.#shedder;
    const waiting = new WaitingBytes(() => {
      warn('sent too many incomplete messages; closed');
      close('too many incomplete messages', CLOSE_OVERFLOW);
    });
    scope.own(() => waiting.release());
    const server = new RequestServer({ findBroadcast, shedder });
    const subscribesEarly = isClient && transport.protocol === 'moq-lite-05';
    return guardTransport(transport, {
      version: new SessionVersion(transport.protocol),
      waiting,
      openGroups: this.#openGroups,
      ...(subscribesEarly ? { earlyUntil: scope.signal } : {}),
      listener,
      selectHandler: (request) => selectHandler(request, server),
      openUnidirectional: (sendOptions) => shedder.open(sendOptions),
    });
  }
}
