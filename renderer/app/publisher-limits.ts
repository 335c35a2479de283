import type { AppInfo, AppState, BroadcastState } from '../../common/bridge/bridge.ts';
import { splitOverUses } from '../media/publish/upload-split.ts';
import type { PublisherLimits } from '../media/shared/publisher-types.ts';

type LimitState = Pick<AppState, 'settings' | 'broadcasts' | 'calls'>;
type LimitInfo = Pick<AppInfo, 'maxResolution'>;

/**
 * The limits for the broadcast's publisher, from the settings and the command line. `name` is the broadcast's
 * name, which identifies its viewers.
 */
export function publisherLimits(info: LimitInfo, state: LimitState, name: string | null): PublisherLimits {
  return {
    maxResolution: maxResolution(info, state),
    uploadLimitBps: shares(state).broadcastBps,
    viewers: state.broadcasts.find((broadcast) => broadcast.name === name)?.renditions ?? [],
  };
}

/** The limits for the call's publisher. A call has one viewer, whom main does not count. */
export function callPublisherLimits(info: LimitInfo, state: LimitState): PublisherLimits {
  return {
    maxResolution: maxResolution(info, state),
    uploadLimitBps: shares(state).callBps,
    viewers: [],
  };
}

function maxResolution(info: LimitInfo, { settings }: LimitState): PublisherLimits['maxResolution'] {
  return info.maxResolution ?? settings.maxResolution;
}

function shares({ settings, broadcasts, calls }: LimitState): ReturnType<typeof splitOverUses> {
  return splitOverUses(settings.uploadLimitBps, {
    viewers: broadcasts.reduce((sum, broadcast) => sum + directViewers(broadcast), 0),
    inCall: calls.some(({ state }) => state === 'active' || state === 'reconnecting'),
  });
}

/**
 * Number of sessions that receive a broadcast from this computer. `BroadcastState.viewers` is unsuitable: it
 * includes the viewers that relays report, which need no upload, and any viewer can claim to be a relay. Each
 * session counts once per track, and almost all of them read the audio.
 */
function directViewers({ renditions }: Pick<BroadcastState, 'renditions'>): number {
  return Math.max(0, ...renditions.map(({ viewers }) => viewers));
}
