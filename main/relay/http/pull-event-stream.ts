import type { ServerResponse } from 'node:http';
import { once } from '../../../common/base/once.ts';
import type { PullReport } from '../../../common/relay/relay-schemas.ts';

/** The source of a pull event stream. */
interface PullEventStreamOptions {
  /** Returns the current report, or undefined if access has expired. In that case, the response ends. */
  report: () => PullReport | undefined;
  /** Calls `listener` whenever the report may have changed. Returns the function that unsubscribes it. */
  onChange: (listener: () => void) => () => void;
}

/**
 * How often the report is read, in ms. Its round-trip time must be polled, because changes to it cause no
 * event.
 */
const SAMPLE_MS = 1_000;
/** How often a keep-alive comment is sent, in ms, so that proxies do not close an idle response. */
const KEEP_ALIVE_MS = 15_000;
/** Maximum number of bytes buffered for a page. A page that stops reading is disconnected at this limit. */
const MAX_BUFFERED_BYTES = 256 * 1024;

/**
 * Answers a request for `/pull-events` with the state of one pull, now and after each change, until the page
 * disconnects. Returns a function that ends the response.
 */
export function streamPullEvents(
  response: ServerResponse,
  headers: Record<string, string>,
  { report, onChange }: PullEventStreamOptions,
): () => void {
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
  let sent = '';
  const send = () => {
    const current = report();
    if (!current) return end();
    const text = JSON.stringify(current);
    if (text === sent) return;
    sent = text;
    if (response.writableLength > MAX_BUFFERED_BYTES) end();
    else response.write(`data: ${text}\n\n`);
  };
  const sampler = setInterval(send, SAMPLE_MS);
  const keepAlive = setInterval(() => response.write(': \n\n'), KEEP_ALIVE_MS);
  const unsubscribe = onChange(send);
  const end = once(() => {
    clearInterval(sampler);
    clearInterval(keepAlive);
    unsubscribe();
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
    else response.end();
  });
  response.once('close', end);
  send();
  return end;
}
