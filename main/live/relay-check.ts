import { messageOf } from '../../common/base/errors.ts';
import type { RelayInfo } from '../../common/relay/relay-api.ts';
import { parseShareRelay } from '../../common/ticket/relay-url.ts';
import { askRelayInfo } from './relay-info.ts';

/** What asking a relay for share links showed. */
export interface RelayCheck {
  ok: boolean;
  /** The address as it is kept: scheme, host and port. Empty when there is none. */
  url: string;
  /** For people: what is wrong, or what the relay does. */
  message: string;
}

/** Asks whether a relay is there that share links can lead to. Never rejects, but with the signal's reason. */
export async function checkRelay(text: string, signal: AbortSignal): Promise<RelayCheck> {
  const url = parseShareRelay(text);
  if (!url)
    return { ok: false, url: '', message: 'This is no web address, such as https://relay.example:4443.' };
  const said = (ok: boolean, message: string): RelayCheck => ({ ok, url: url.origin, message });
  let info: RelayInfo | null;
  try {
    info = await askRelayInfo(url, signal);
  } catch (error) {
    signal.throwIfAborted();
    return said(false, `Nobody answers there (${messageOf(error)}).`);
  }
  if (!info) return said(false, 'What answers there is no relay of this kind.');
  return info.mayPull
    ? said(true, 'This relay fetches your broadcasts for browsers.')
    : said(false, 'This relay does not fetch tickets for everybody, so links to yours would not work.');
}
