import type { AppInfo, AppState } from '../../common/bridge/bridge.ts';
import { splitOverUses } from '../media/publish/upload-split.ts';
import type { PublisherLimits } from '../media/shared/types.ts';

type Known = Pick<AppState, 'settings' | 'broadcasts' | 'calls'>;
type Told = Pick<AppInfo, 'maxResolution'>;

/** What a publisher may send, by the settings and the command line, and who watches the broadcast of that name. */
export function publisherLimits(info: Told, state: Known, name: string | null): PublisherLimits {
  return {
    maxResolution: maxResolution(info, state),
    uploadLimitBps: shares(state).broadcastBps,
    viewers: state.broadcasts.find((broadcast) => broadcast.name === name)?.renditions ?? [],
  };
}

/** The same for the publisher of calls. Main counts nobody for a call: there is one. */
export function callerLimits(info: Told, state: Known): PublisherLimits {
  return {
    maxResolution: maxResolution(info, state),
    uploadLimitBps: shares(state).callBps,
    viewers: [],
  };
}

function maxResolution(info: Told, { settings }: Known): PublisherLimits['maxResolution'] {
  return info.maxResolution ?? settings.maxResolution;
}

function shares({ settings, broadcasts, calls }: Known): ReturnType<typeof splitOverUses> {
  return splitOverUses(settings.uploadLimitBps, {
    viewers: broadcasts.reduce((sum, broadcast) => sum + broadcast.viewers, 0),
    inCall: calls.some(({ state }) => state === 'active' || state === 'reconnecting'),
  });
}
