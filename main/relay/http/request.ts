import type { IncomingMessage } from 'node:http';

/** Placeholder origin for a request target, which contains only a path and query. */
const BASE_URL = new URL('http://nowhere/');

/**
 * Returns the request target as a URL on a placeholder host. Returns undefined if the target is not a path,
 * which is the case in proxy requests.
 */
export function requestUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '';
  if (!target.startsWith('/') || target.startsWith('//')) return undefined;
  return URL.canParse(target, BASE_URL) ? new URL(target, BASE_URL) : undefined;
}

/**
 * Returns the Host header if it is a host name or IP address with an optional port. Returns undefined for
 * other text, because it could break a content security policy.
 */
export function validHost(header: string | undefined): string | undefined {
  return header !== undefined && /^(?:[\w.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?$/.test(header)
    ? header
    : undefined;
}

/** Returns the bearer token in the Authorization header, or undefined if there is none. */
export function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
}
