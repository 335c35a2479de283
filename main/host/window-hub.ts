import type { AppCore, Handlers, WindowEvent } from '../app/app-core.ts';
import { BridgeSession, type BridgeSessionOptions } from './bridge-session.ts';

/** Tickets that wait for a window. More would be a script gone wild; the oldest goes. */
const MAX_WAITING_TICKETS = 8;

/** The bridges of all open windows: every event of the core goes to each of them. */
export class WindowHub {
  readonly #handlers: Handlers;
  readonly #sessions = new Set<BridgeSession>();
  readonly #unlisten: () => void;
  #waiting: WindowEvent[] = [];

  /** `own` are the calls that the host answers itself. */
  constructor(core: AppCore, own: Omit<Handlers, keyof AppCore['handlers']>) {
    this.#handlers = { ...core.handlers, ...own };
    this.#unlisten = core.listen((event) => this.#spread(event));
  }

  get windows(): number {
    return this.#sessions.size;
  }

  /** A window's bridge, for as long as its channel lives. The caller closes it with `leave`. */
  join(options: Omit<BridgeSessionOptions, 'handlers'>): { session: BridgeSession; leave: () => void } {
    const session = new BridgeSession({ ...options, handlers: this.#handlers });
    this.#sessions.add(session);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) session.event(event);
    return {
      session,
      leave: () => {
        this.#sessions.delete(session);
        session.close();
      },
    };
  }

  close(): void {
    this.#unlisten();
    for (const session of this.#sessions) session.close();
    this.#sessions.clear();
  }

  #spread(event: WindowEvent): void {
    if (this.#sessions.size === 0 && event.event === 'ticket.open') {
      this.#waiting = [...this.#waiting, event].slice(-MAX_WAITING_TICKETS);
      return;
    }
    for (const session of this.#sessions) session.event(event);
  }
}
