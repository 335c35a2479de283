import { type Readable, Store } from '../../../common/base/store.ts';

/** A toast's button. */
export interface ToastAction {
  label: string;
  run(): void;
}

/**
 * What a toast is about. A later event about the same topic dismisses the toast if the event makes it
 * outdated.
 */
export type ToastTopic = 'call';

/** A short message that expires. */
export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'good' | 'bad';
  action: ToastAction | null;
  topic: ToastTopic | null;
}

/**
 * How long a toast is shown, in milliseconds: long enough to read two lines and press a button, short enough
 * not to be in the way.
 */
const SHOWN_MS = 6000;
/** Maximum number of toasts. More would cover the window, so the oldest is dismissed. */
const MAX_TOASTS = 3;

/** The visible toasts and their timers. */
export class Toasts {
  readonly #list = new Store<readonly Toast[]>([]);
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  readonly #onGone = new Map<number, () => void>();
  #nextId = 1;

  get list(): Readable<readonly Toast[]> {
    return this.#list;
  }

  /**
   * Shows a toast and returns its id. `onGone` runs once if the toast disappears before the user presses its
   * button.
   */
  show(
    text: string,
    options: { tone?: Toast['tone']; topic?: ToastTopic; action?: ToastAction; onGone?: () => void } = {},
  ): number {
    const id = this.#nextId++;
    const { tone = 'plain', action = null, topic = null } = options;
    const toast: Toast = { id, text, tone, action, topic };
    // Replaces an older toast with the same text, which effectively restarts its timer.
    for (const old of this.#list.get()) if (old.text === text && !old.action) this.dismiss(old.id);
    for (const old of this.#list.get().slice(0, -(MAX_TOASTS - 1))) this.dismiss(old.id);
    if (options.onGone) this.#onGone.set(id, options.onGone);
    this.#list.update((list) => [...list, toast]);
    this.resume(id);
    return id;
  }

  /** Stops a toast's timer while the pointer or focus is on the toast. */
  pause(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** Restarts a toast's timer. */
  resume(id: number): void {
    this.pause(id);
    if (this.#list.get().some((toast) => toast.id === id)) {
      this.#timers.set(
        id,
        setTimeout(() => this.dismiss(id), SHOWN_MS),
      );
    }
  }

  /** Dismisses the toast and runs its action instead of `onGone`. */
  runAction(id: number): void {
    const toast = this.#list.get().find((entry) => entry.id === id);
    this.#onGone.delete(id);
    this.dismiss(id);
    toast?.action?.run();
  }

  dismiss(id: number): void {
    this.pause(id);
    this.#list.update((list) => list.filter((toast) => toast.id !== id));
    const onGone = this.#onGone.get(id);
    this.#onGone.delete(id);
    onGone?.();
  }

  /** Dismisses the toasts about `topic`, such as the last call's failures when the next call starts. */
  dismissTopic(topic: ToastTopic): void {
    for (const toast of this.#list.get()) if (toast.topic === topic) this.dismiss(toast.id);
  }

  /** Dismisses all toasts, as if they had expired. */
  close(): void {
    for (const toast of this.#list.get()) this.dismiss(toast.id);
  }
}
