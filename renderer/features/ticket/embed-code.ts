import { RELAY_PAGES } from '../../../common/relay/relay-api.ts';

/**
 * Permissions granted to the embedded frame. Without them, browsers block autoplay, full screen and
 * picture-in-picture, and the screen turns off during the broadcast.
 */
const PERMISSIONS = 'autoplay; fullscreen; picture-in-picture; screen-wake-lock';

/** Returns the HTML that shows a broadcast in a web page. `link` is a link from `watchLink`. */
export function embedCode(link: string): string {
  const { search } = new URL(link);
  const url = new URL(`.${RELAY_PAGES.embed}${search}`, link).href;
  const src = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<iframe src="${src}" title="Live video" width="640" height="360" style="border:0" allow="${PERMISSIONS}"></iframe>`;
}
