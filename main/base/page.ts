import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { errorCode } from './error-code.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.mp4': 'video/mp4',
};

/** A file that belongs to a web page, with the response headers for its type. */
export interface PageFile {
  body: Buffer;
  headers: Record<string, string>;
}

/** Exceptions to the strict defaults of `pageHeaders`. */
export interface PageRules {
  /** Origins that the page may connect to, in addition to its own. */
  connect?: readonly string[];
  /** Whether pages from other origins may embed the page in a frame. */
  embedded?: boolean;
  /** Whether pages from other origins may load the file, as part of an embedded page. */
  shared?: boolean;
}

/**
 * Security headers for every response from the hosts and the relay, including errors. A page can load only
 * its own files, and `blob:` scripts for the player's audio worklet. `blob:` scripts are safe, because only a
 * running script can create a blob URL.
 */
export function pageHeaders(rules: PageRules = {}): Record<string, string> {
  const { connect = [], embedded = false, shared = embedded } = rules;
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self' blob:",
      "worker-src 'self' blob:",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "media-src 'self' blob: mediastream:",
      "font-src 'self'",
      `connect-src ${["'self'", ...connect].join(' ')}`,
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-src 'none'",
      `frame-ancestors ${embedded ? '*' : "'none'"}`,
    ].join('; '),
    // Enables cross-origin isolation, which SharedArrayBuffer requires. An embedded page cannot be isolated.
    ...(embedded ? {} : { 'cross-origin-opener-policy': 'same-origin' }),
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': shared ? 'cross-origin' : 'same-origin',
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), picture-in-picture=(self), ' +
      'clipboard-write=(self), autoplay=(self), screen-wake-lock=(self), geolocation=(), usb=(), serial=(), hid=(), ' +
      'payment=()',
    'x-content-type-options': 'nosniff',
    // The page's URL may contain a ticket or a token, so it must not be sent as a referrer.
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
}

/** Reads the file for a URL path. Returns null if there is no such file. Never reads files outside `root`. */
export async function readPage(root: string, pathname: string): Promise<PageFile | null> {
  const path = pathname === '/' ? '/index.html' : pathname;
  // Every segment must start with a letter, a digit or an underscore. This excludes dot files, ".." and the path
  // separators of every operating system.
  if (!/^(?:\/[\w][\w.@-]*)+$/.test(path)) return null;
  const contentType = contentTypes[extname(path)];
  if (!contentType) return null;
  try {
    return { body: await readFile(join(root, path)), headers: { 'content-type': contentType } };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return null;
    throw error;
  }
}
