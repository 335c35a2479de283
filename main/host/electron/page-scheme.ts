import { protocol, type Session } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { pageHeaders, readPage } from '../../base/page.ts';

/**
 * URL scheme of the app's page. No website can have this origin. It is a secure context, which cameras, WebCodecs and
 * SharedArrayBuffer require.
 */
const SCHEME = 'app';
const HOST = 'iroh-live';
/** URL of the app's page. */
export const PAGE_URL = `${SCHEME}://${HOST}/`;

/** Whether a URL has the origin of the app's page. */
export function isOwnPage(url: string): boolean {
  try {
    const { protocol, host } = new URL(url);
    return protocol === `${SCHEME}:` && host === HOST;
  } catch {
    return false;
  }
}

/** Whether a URL is the app's page itself, rather than one of the files that the page loads. */
export function isPageDocument(url: string): boolean {
  return isOwnPage(url) && new URL(url).pathname === '/';
}

/** Registers the URL scheme. Must be called before Electron is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
  ]);
}

interface PageResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Serves the page's files from `root`, with the same headers as the browser host. */
export function servePage(session: Session, root: string): void {
  const respond = (url: string): Promise<PageResponse> => responseFor(url, root);
  // `protocol.handle` has existed since Electron 25. For older versions, the code below uses an API that
  // Electron's types no longer include.
  if (typeof session.protocol.handle === 'function') {
    session.protocol.handle(SCHEME, async (request) => {
      const { status, headers, body } = await respond(request.url);
      return new Response(new Uint8Array(body), { status, headers });
    });
    return;
  }
  const old = session.protocol as unknown as OldProtocol;
  old.registerBufferProtocol(SCHEME, (request, callback) => {
    void respond(request.url).then(({ status, headers, body }) => {
      const mimeType = headers['content-type']?.split(';', 1)[0] ?? 'text/plain';
      callback({ statusCode: status, headers, mimeType, charset: 'utf-8', data: body });
    });
  });
}

/** The protocol API of Electron versions before 25. */
interface OldProtocol {
  registerBufferProtocol(
    scheme: string,
    handler: (
      request: { url: string },
      callback: (response: {
        statusCode: number;
        headers: Record<string, string>;
        mimeType: string;
        charset: string;
        data: Buffer;
      }) => void,
    ) => void,
  ): void;
}

async function responseFor(url: string, root: string): Promise<PageResponse> {
  const headers = pageHeaders();
  const plain = { ...headers, 'content-type': 'text/plain; charset=utf-8' };
  try {
    const page = isOwnPage(url) ? await readPage(root, new URL(url).pathname) : null;
    if (!page) return { status: 404, headers: plain, body: Buffer.from('There is no such page.') };
    return { status: 200, headers: { ...headers, ...page.headers }, body: page.body };
  } catch (error) {
    log.error('page: %s: %s', url, messageOf(error));
    return { status: 500, headers: plain, body: Buffer.from('The page cannot be read.') };
  }
}
