import type { BroadcastState } from '../../../common/bridge/bridge.ts';

/** The key in session storage, which survives a reload of the window. */
const KEY = 'iroh-live.window';

/** The app's broadcasts, as main reports them to every window. */
type Broadcasts = readonly Pick<BroadcastState, 'name' | 'window'>[];

/**
 * This window's claim to its broadcast. The app's windows can be in different browsers, so main remembers which of them is
 * live with a broadcast.
 */
export class WindowClaim {
  /** Identifies this window to main. */
  readonly windowId = savedId();
  /** Whether main has confirmed the claim. */
  #confirmed = false;

  /** Forgets that main has confirmed the claim. Must be called when this window goes live or stops. */
  reset(): void {
    this.#confirmed = false;
  }

  /**
   * Returns what the live window must do: claim its broadcast if main knows of no window for it, stop it if
   * another window has claimed it since, or nothing.
   */
  next(broadcasts: Broadcasts, name: string): 'claim' | 'stop' | 'nothing' {
    const broadcast = broadcasts.find((each) => each.name === name);
    if (!broadcast) return 'nothing';
    const owner = broadcast.window ?? null;
    if (owner === this.windowId) this.#confirmed = true;
    else if (owner === null) return 'claim';
    else if (this.#confirmed) return 'stop';
    return 'nothing';
  }

  /** Whether another window is live with the broadcast of this name. */
  isElsewhere(broadcasts: Broadcasts, name: string): boolean {
    const owner = broadcasts.find((each) => each.name === name)?.window ?? null;
    return owner !== null && owner !== this.windowId;
  }
}

function savedId(): string {
  const id = crypto.randomUUID();
  try {
    const saved = sessionStorage.getItem(KEY);
    if (saved) return saved;
    sessionStorage.setItem(KEY, id);
  } catch {
    // Without session storage, main treats this window as a new one after each reload.
  }
  return id;
}
