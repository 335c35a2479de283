import { messageOf } from '../../common/base/errors.ts';
import type { RelayInfo } from '../../common/relay/relay-schemas.ts';
import { parseShareRelay } from '../../common/ticket/relay-url.ts';
import { fetchRelayInfo } from './relay-info.ts';

/** The result of checking whether share links can use a relay. */
interface RelayCheck {
  ok: boolean;
  /** The normalized address, with scheme, host, port and base path; empty if the address is invalid. */
  url: string;
  /** A message for the user that explains the problem or, if there is none, what the relay does. */
  message: string;
}

/** Checks whether share links can use a relay. Rejects only with the signal's reason. */
export async function checkRelay(text: string, signal: AbortSignal): Promise<RelayCheck> {
  const url = parseShareRelay(text);
  if (!url)
    return { ok: false, url: '', message: 'Enter a web address, such as https://relay.example:4443.' };
  const address = url.pathname === '/' ? url.origin : url.href;
  const result = (ok: boolean, message: string): RelayCheck => ({ ok, url: address, message });
  let info: RelayInfo | null;
  try {
    info = await fetchRelayInfo(url, signal);
  } catch (error) {
    signal.throwIfAborted();
    return result(false, `This address is not responding (${messageOf(error)}).`);
  }
  if (!info) return result(false, 'The server at this address is not an Iroh Live relay.');
  return info.mayPull
    ? result(true, 'Browsers can watch your broadcasts through this relay.')
    : result(
        false,
        'This relay is not open to everyone, so share links would not work. Choose another relay.',
      );
}
