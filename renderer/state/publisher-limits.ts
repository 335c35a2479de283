import type { AppInfo, AppState } from '../../common/bridge.ts';
import type { PublisherLimits } from '../media/types.ts';

/** What a publisher may send, by the settings and the command line, and who watches the broadcast of that name. */
export function publisherLimits(
  { maxResolution }: Pick<AppInfo, 'maxResolution'>,
  { settings, broadcasts }: Pick<AppState, 'settings' | 'broadcasts'>,
  name: string | null,
): PublisherLimits {
  return {
    maxResolution: maxResolution ?? settings.maxResolution,
    uploadLimitBps: settings.uploadLimitBps,
    viewers: broadcasts.find((broadcast) => broadcast.name === name)?.renditions ?? [],
  };
}
