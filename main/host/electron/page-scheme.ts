import { protocol, type Session } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { pageHeaders, readPage } from '../../base/page.ts';

/**
 * The page's own scheme: an origin that no web site can have, and that is secure, so that cameras, WebCodecs and
 * SharedArrayBuffer work.
 */
const SCHEME = 'app';
const HOST = 'iroh-live';
export const PAGE_URL = `${SCHEME}://${HOST}/`;

/** Whether the URL belongs to the window's own page. */
export function isOwnPage(url: string): boolean {
  try {
    const { protocol, host } = new URL(url);
    return protocol === `${SCHEME}:` && host === HOST;
  } catch {
    return false;
  }
}

/** Before Electron is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
  ]);
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Serves the page's files from `root`, with the same headers as the browser host. */
export function servePage(session: Session, root: string): void {
  const answer = (url: string): Promise<Answer> => answerTo(url, root);
  // Electron 25 and newer; the older way is gone from newer typings.
  if (typeof session.protocol.handle === 'function') {
    session.protocol.handle(SCHEME, async (request) => {
      const { status, headers, body } = await answer(request.url);
      return new Response(new Uint8Array(body), { status, headers });
    });
    return;
  }
  const old = session.protocol as unknown as OldProtocol;
  old.registerBufferProtocol(SCHEME, (request, callback) => {
    void answer(request.url).then(({ status, headers, body }) => {
      const mimeType = headers['content-type']?.split(';', 1)[0] ?? 'text/plain';
      callback({ statusCode: status, headers, mimeType, charset: 'utf-8', data: body });
    });
  });
}

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

async function answerTo(url: string, root: string): Promise<Answer> {
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
