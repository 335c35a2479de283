import type { ServerResponse } from 'node:http';
import type { PullReport } from '../../common/relay/relay-api.ts';

export interface PullEventsOptions {
  /** Undefined: nothing is told any more, and the answer ends. */
  report: () => PullReport | undefined;
  onChange: (listener: () => void) => () => void;
}

/** How often the round trip is looked at, and a line is sent that keeps proxies from ending a silent answer. */
const LOOK_MS = 1_000;
const KEEP_ALIVE_MS = 15_000;
/** What may wait for a page that does not read, in bytes, before it is cut off. */
const MAX_WAITING_BYTES = 256 * 1024;

/** Answers with the state of one pull, and with each change of it until the page goes. Returns what ends it. */
export function streamPullEvents(
  response: ServerResponse,
  headers: Record<string, string>,
  { report, onChange }: PullEventsOptions,
): () => void {
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
  let told = '';
  const tell = () => {
    const reported = report();
    if (!reported) return end();
    const text = JSON.stringify(reported);
    if (text === told) return;
    told = text;
    if (response.writableLength > MAX_WAITING_BYTES) end();
    else response.write(`data: ${text}\n\n`);
  };
  const look = setInterval(tell, LOOK_MS);
  const keepAlive = setInterval(() => response.write(': \n\n'), KEEP_ALIVE_MS);
  const unsubscribe = onChange(tell);
  const end = () => {
    clearInterval(look);
    clearInterval(keepAlive);
    unsubscribe();
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
    else response.end();
  };
  response.once('close', end);
  tell();
  return end;
}
