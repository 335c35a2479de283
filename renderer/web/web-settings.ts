import { type Readable, Store } from '../../common/base/store.ts';
import type { Settings } from '../../common/bridge/bridge.ts';

/** What a page remembers in its browser. */
export type WebSettings = Pick<
  Settings,
  'volume' | 'muted' | 'latency' | 'source' | 'cameraId' | 'microphoneId' | 'sound' | 'broadcastName'
>;

const KEY = 'iroh-live.web';
/** The longest delay that the app's settings take too, in milliseconds. */
const MAX_LATENCY_MS = 10_000;

const DEFAULTS: WebSettings = {
  volume: 1,
  muted: false,
  latency: 'real-time',
  source: 'camera',
  cameraId: null,
  microphoneId: null,
  sound: true,
  broadcastName: '',
};

export class WebSettingsStore {
  readonly #settings: Store<WebSettings>;

  /** `over` wins over what is remembered, for this page alone. */
  constructor(over: Partial<WebSettings> = {}) {
    this.#settings = new Store({ ...parseSettings(read()), ...over });
  }

  get settings(): Readable<WebSettings> {
    return this.#settings;
  }

  change(patch: Partial<WebSettings>): void {
    this.#settings.update((settings) => ({ ...settings, ...patch }));
    write(JSON.stringify(this.#settings.get()));
  }
}

/** Settings out of what was stored; each that is missing or makes no sense has its default. */
export function parseSettings(text: string | null): WebSettings {
  let kept: unknown = null;
  try {
    kept = JSON.parse(text ?? 'null');
  } catch {
    // Damaged: as if there were nothing.
    kept = null;
  }
  if (typeof kept !== 'object' || kept === null) return DEFAULTS;
  const fields = new Map(Object.entries(kept));
  const pick = <T>(name: keyof WebSettings, fallback: T, is: (value: unknown) => value is T): T => {
    const value: unknown = fields.get(name);
    return is(value) ? value : fallback;
  };
  return {
    volume: pick('volume', DEFAULTS.volume, isShare),
    muted: pick('muted', DEFAULTS.muted, isBoolean),
    latency: pick('latency', DEFAULTS.latency, isLatency),
    source: pick('source', DEFAULTS.source, isSource),
    cameraId: pick('cameraId', DEFAULTS.cameraId, isDeviceId),
    microphoneId: pick('microphoneId', DEFAULTS.microphoneId, isDeviceId),
    sound: pick('sound', DEFAULTS.sound, isBoolean),
    broadcastName: pick('broadcastName', DEFAULTS.broadcastName, isString),
  };
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isDeviceId(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isLatency(value: unknown): value is Settings['latency'] {
  return value === 'real-time' || (typeof value === 'number' && value >= 0 && value <= MAX_LATENCY_MS);
}

function isSource(value: unknown): value is Settings['source'] {
  return value === 'camera' || value === 'screen' || value === 'file' || value === 'test';
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // In another site's frame storage may be forbidden.
    return null;
  }
}

function write(text: string): void {
  try {
    localStorage.setItem(KEY, text);
  } catch {
    // Not remembered, which harms nothing else.
    return;
  }
}
