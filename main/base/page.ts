import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** Pages: their files, and the headers that the hosts and the relay serve them with. */

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

export interface PageFile {
  body: Buffer;
  headers: Record<string, string>;
}

/** What one page may do beyond what every page of this program may. */
export interface PageRules {
  /** Origins, beside its own, that it may talk to. */
  connect?: readonly string[];
  /** Whether pages of others may show it in theirs. */
  embedded?: boolean;
  /** Whether pages of others may load it: a file of a page that is embedded. */
  shared?: boolean;
}

/**
 * For every answer, errors included. A page loads its own files and nothing else. `blob:` scripts are for the audio
 * worklet that the player makes; only a script that already runs can make a blob URL.
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
    // Cross-origin isolation, which SharedArrayBuffer needs. What is embedded must be allowed to be.
    ...(embedded ? {} : { 'cross-origin-opener-policy': 'same-origin' }),
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': shared ? 'cross-origin' : 'same-origin',
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), picture-in-picture=(self), ' +
      'clipboard-write=(self), autoplay=(self), geolocation=(), usb=(), serial=(), hid=(), payment=()',
    'x-content-type-options': 'nosniff',
    // The address may hold a ticket, or a token.
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
}

/** The file for a URL's path, or null when the page has none such. Never leaves `root`. */
export async function readPage(root: string, pathname: string): Promise<PageFile | null> {
  const path = pathname === '/' ? '/index.html' : pathname;
  // Every segment begins with a letter, a digit or _: no dot files, no "..", no separators of any system.
  if (!/^(?:\/[\w][\w.@-]*)+$/.test(path)) return null;
  const contentType = contentTypes[extname(path)];
  if (!contentType) return null;
  try {
    return { body: await readFile(join(root, path)), headers: { 'content-type': contentType } };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return null;
    throw error;
  }
}
