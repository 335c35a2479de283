import type { IncomingMessage } from 'node:http';

/** Stands in for the host of a request target, which is only a path. */
const BASE_URL = new URL('http://nowhere/');

/** The request target as a URL on a placeholder host; undefined if it is not a path, such as a proxy request. */
export function requestUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '';
  if (!target.startsWith('/') || target.startsWith('//')) return undefined;
  return URL.canParse(target, BASE_URL) ? new URL(target, BASE_URL) : undefined;
}

/** The Host header if it is a host name or IP address with an optional port; undefined if it could break a policy. */
export function validHost(header: string | undefined): string | undefined {
  return header !== undefined && /^(?:[\w.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?$/.test(header)
    ? header
    : undefined;
}

/** The token in the Authorization header; undefined when there is none. */
export function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
}
