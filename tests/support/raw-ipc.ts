import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import type { PreloadApi } from '../../common/bridge/preload-api.ts';

/** Path of the `hook` script for `useElectron` that gives every page the global `rawIpc`. */
export const rawIpcHook = join(import.meta.dirname, 'electron-raw', 'hook.cjs');

/** The global object of a page that has raw IPC. */
export type RawWindow = Window & {
  irohLive: PreloadApi;
  rawIpc: {
    send(channel: string, ...args: unknown[]): void;
    sendSync(channel: string, ...args: unknown[]): unknown;
    invoke(channel: string, ...args: unknown[]): Promise<unknown>;
    /** Sends a message that transfers a `MessagePort`. */
    post(channel: string, message: unknown): void;
    /**
     * Returns and clears the calls that the main process has made to what it believes are the page's
     * functions.
     */
    callbacks(): unknown[][];
  };
};

/** Returns all channels on which `@electron/remote` listens. Reads them from the library's source. */
export function remoteChannels(): string[] {
  const server = createRequire(import.meta.url).resolve('@electron/remote/main');
  const source = readFileSync(join(server, '../../dist/src/main/server.js'), 'utf8');
  return [...new Set(source.match(/REMOTE_BROWSER_\w+/g))];
}

/**
 * Encodes a promise in the same format as `@electron/remote`. The linter rejects object literals with a
 * `then` property.
 */
function promiseOf(then: unknown): unknown {
  return Object.fromEntries([
    ['type', 'promise'],
    ['then', then],
  ]);
}

/**
 * Top-level and nested arguments of every type that `@electron/remote` decodes (`unwrapArgs` in its
 * server.js).
 */
export const remoteArguments: Readonly<Record<string, unknown>> = {
  string: { type: 'value', value: 'return process' },
  'an object as a value': { type: 'value', value: { constructor: 'x' } },
  date: { type: 'value', value: new Date(0) },
  array: { type: 'array', value: [{ type: 'value', value: 1 }] },
  buffer: { type: 'buffer', value: new Uint8Array([1, 2, 3]) },
  'promise of a function': promiseOf({ type: 'function', id: 1, location: '', length: 2 }),
  'promise of a function with a return value': promiseOf({
    type: 'function-with-return-value',
    value: { type: 'value', value: 1 },
  }),
  object: { type: 'object', name: 'Object', members: [{ name: 'a', value: { type: 'value', value: 1 } }] },
  'object of a class': { type: 'object', name: 'BrowserWindow', members: [] },
  'object with a prototype': {
    type: 'object',
    name: 'Object',
    members: [{ name: '__proto__', value: { type: 'object', name: 'Object', members: [] } }],
  },
  function: { type: 'function', id: 2, location: '', length: 1 },
  'function with a return value': { type: 'function-with-return-value', value: { type: 'value', value: 1 } },
  'remote object': { type: 'remote-object', id: 1 },
  'native image': {
    type: 'nativeimage',
    value: { __ELECTRON_SERIALIZED_NativeImage__: true, representations: [] },
  },
  'nested promise': {
    type: 'array',
    value: [
      {
        type: 'object',
        name: 'Object',
        members: [
          {
            name: 'a',
            value: promiseOf({ type: 'function', id: 3, location: '', length: 2 }),
          },
        ],
      },
    ],
  },
  'unknown type': { type: 'eval', value: '1' },
  'no type': { value: 1 },
  'not an object': 'value',
};

/** A message that reached the listeners of `@electron/remote`. */
export interface Reached {
  channel: string;
  /** The message's arguments as JSON, without the id of the page's JavaScript context. */
  args?: string;
}

/** Returns and clears the messages that have reached the listeners of `@electron/remote`. */
export function takeReached(app: ElectronApplication): Promise<Reached[]> {
  return app.evaluate(() => (globalThis as unknown as { reached: Reached[] }).reached.splice(0));
}
