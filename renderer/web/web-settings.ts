import { type Readable, Store } from '../../common/base/store.ts';
import type { Settings } from '../../common/bridge/bridge.ts';

/** The settings that a page saves in the browser. */
export type WebSettings = Pick<
  Settings,
  'volume' | 'muted' | 'latency' | 'source' | 'cameraId' | 'microphoneId' | 'sound' | 'broadcastName'
>;

const KEY = 'iroh-live.web';
/** The maximum delay in milliseconds, the same as in the app's settings. */
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

/** A page's settings, saved in the browser's local storage. */
export class WebSettingsStore {
  readonly #settings: Store<WebSettings>;

  /** `overrides` replace saved settings. */
  constructor(overrides: Partial<WebSettings> = {}) {
    this.#settings = new Store({ ...parseSettings(load()), ...overrides });
  }

  get settings(): Readable<WebSettings> {
    return this.#settings;
  }

  /** Changes and saves settings. */
  change(patch: Partial<WebSettings>): void {
    this.#settings.update((settings) => ({ ...settings, ...patch }));
    save(JSON.stringify(this.#settings.get()));
  }
}

/** Parses stored settings. A missing or invalid setting gets its default. Never throws. */
export function parseSettings(text: string | null): WebSettings {
  let stored: unknown = null;
  try {
    stored = JSON.parse(text ?? 'null');
  } catch {
    return DEFAULTS;
  }
  if (typeof stored !== 'object' || stored === null) return DEFAULTS;
  const fields = new Map(Object.entries(stored));
  const pick = <T>(name: keyof WebSettings, fallback: T, isValid: (value: unknown) => value is T): T => {
    const value: unknown = fields.get(name);
    return isValid(value) ? value : fallback;
  };
  return {
    volume: pick('volume', DEFAULTS.volume, isVolume),
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

function isVolume(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isLatency(value: unknown): value is Settings['latency'] {
  return value === 'real-time' || (typeof value === 'number' && value >= 0 && value <= MAX_LATENCY_MS);
}

function isSource(value: unknown): value is Settings['source'] {
  return value === 'camera' || value === 'screen' || value === 'file' || value === 'test';
}

function load(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // Browsers might deny storage in another site's frame.
    return null;
  }
}

/** Ignores failures. If saving fails, the settings last only until the page is closed. */
function save(text: string): void {
  try {
    localStorage.setItem(KEY, text);
  } catch {
    return;
  }
}
