import { type Readable, Store } from '../../../common/base/store.ts';

export interface ToastAction {
  label: string;
  run(): void;
}

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'good' | 'bad';
  action: ToastAction | null;
}

/** Long enough to read two lines and reach a button, short enough not to be in the way. */
const SHOWN_MS = 6000;
/** More than these cover the window; the oldest goes. */
const MAX_TOASTS = 3;

/** Short messages that go away by themselves. */
export class Toasts {
  readonly #list = new Store<readonly Toast[]>([]);
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  readonly #onGone = new Map<number, () => void>();
  #nextId = 1;

  get list(): Readable<readonly Toast[]> {
    return this.#list;
  }

  /** `onGone` runs once when the toast leaves without its action having been used. */
  show(
    text: string,
    options: { tone?: Toast['tone']; action?: ToastAction; onGone?: () => void } = {},
  ): number {
    const id = this.#nextId++;
    const toast: Toast = { id, text, tone: options.tone ?? 'plain', action: options.action ?? null };
    // The same words again only start their time anew.
    for (const old of this.#list.get()) if (old.text === text && !old.action) this.dismiss(old.id);
    for (const old of this.#list.get().slice(0, -(MAX_TOASTS - 1))) this.dismiss(old.id);
    if (options.onGone) this.#onGone.set(id, options.onGone);
    this.#list.update((list) => [...list, toast]);
    this.resume(id);
    return id;
  }

  /** Keeps a toast while the pointer or the focus is on it. */
  pause(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number): void {
    this.pause(id);
    if (this.#list.get().some((toast) => toast.id === id)) {
      this.#timers.set(
        id,
        setTimeout(() => this.dismiss(id), SHOWN_MS),
      );
    }
  }

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

  /** Lets all go at once, as if their time had passed. */
  close(): void {
    for (const toast of this.#list.get()) this.dismiss(toast.id);
  }
}
