import { z } from 'zod';
import { MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
import { MAX_RELAY_CHARS } from '../ticket/relay-url.ts';
import { LONGEST_LATENCY_MS, label, resolution } from './fields.ts';

/** Minimum upload limit in bits per second, which is enough for audio. */
export const MIN_UPLOAD_LIMIT_BPS = 64_000;
/** Maximum upload limit in bits per second, which is more than any home connection provides. */
export const MAX_UPLOAD_LIMIT_BPS = 10_000_000_000;

const settingsFields = {
  /** The name of the next broadcast. */
  broadcastName: z.string().min(1).max(MAX_NAME_CHARS),
  source: z.enum(['camera', 'screen', 'file', 'test']),
  cameraId: z.string().max(500).nullable(),
  microphoneId: z.string().max(500).nullable(),
  /** Whether broadcasts include audio. */
  sound: z.boolean(),
  /** Playback volume, from 0 to 1. */
  volume: z.number().min(0).max(1),
  muted: z.boolean(),
  /** Playback latency target: as low as the network allows, or a fixed jitter buffer in milliseconds. */
  latency: z.union([z.literal('real-time'), z.number().int().min(0).max(LONGEST_LATENCY_MS)]),
  theme: z.enum(['system', 'light', 'dark']),
  /** The user's display name, which callers and callees see; empty if not set. */
  displayName: label,
  /** Whether a caller gets a busy signal or waits while a call is in progress. */
  whenBusy: z.enum(['decline', 'wait']),
  /**
   * Whether only calls from contacts ring. A call from anyone else is silent here, but still rings for the
   * caller.
   */
  onlyContactsRing: z.boolean(),
  echoCancellation: z.boolean(),
  noiseSuppression: z.boolean(),
  autoGain: z.boolean(),
  /** Web address of the relay for share links; empty means none. */
  shareRelay: z.string().max(MAX_RELAY_CHARS),
  /**
   * The relay that broadcasts are pushed to: a web address, a ticket, or an endpoint id. Empty means none.
   */
  pushTo: z.string().max(MAX_RELAY_CHARS),
  /** The token (a JWT) for the relay that broadcasts are pushed to; empty means none. */
  pushToken: z.string().max(MAX_RELAY_CHARS),
  /** Whether live broadcasts are pushed to the relay. */
  pushing: z.boolean(),
  /** The maximum resolution that is sent. */
  maxResolution: resolution,
  /** Upload limit for all viewers together, in bits per second; null means no limit. */
  uploadLimitBps: z.number().int().min(MIN_UPLOAD_LIMIT_BPS).max(MAX_UPLOAD_LIMIT_BPS).nullable(),
  /** Whether everyone with one of the user's tickets may list all of the user's live broadcasts. */
  listBroadcasts: z.boolean(),
};

/** The contents of `settings.json`. Settings that are missing from an older file get their defaults. */
export const settingsSchema = z.object({
  /** Empty only until `Preferences` has generated a name. */
  broadcastName: z.string().max(MAX_NAME_CHARS).default(''),
  source: settingsFields.source.default('camera'),
  cameraId: settingsFields.cameraId.default(null),
  microphoneId: settingsFields.microphoneId.default(null),
  sound: settingsFields.sound.default(true),
  volume: settingsFields.volume.default(1),
  muted: settingsFields.muted.default(false),
  latency: settingsFields.latency.default('real-time'),
  theme: settingsFields.theme.default('system'),
  displayName: settingsFields.displayName.default(''),
  whenBusy: settingsFields.whenBusy.default('decline'),
  onlyContactsRing: settingsFields.onlyContactsRing.default(false),
  echoCancellation: settingsFields.echoCancellation.default(true),
  noiseSuppression: settingsFields.noiseSuppression.default(true),
  autoGain: settingsFields.autoGain.default(true),
  shareRelay: settingsFields.shareRelay.default(''),
  pushTo: settingsFields.pushTo.default(''),
  pushToken: settingsFields.pushToken.default(''),
  pushing: settingsFields.pushing.default(false),
  maxResolution: settingsFields.maxResolution.default('1080p'),
  uploadLimitBps: settingsFields.uploadLimitBps.default(null),
  listBroadcasts: settingsFields.listBroadcasts.default(false),
});

/**
 * A change to some of the settings. The schema has no defaults, because they would reset all other settings.
 */
export const settingsChangeSchema = z.object(settingsFields).partial().strict();
/** All settings, with defaults applied. */
export type Settings = z.infer<typeof settingsSchema>;
