import { z } from 'zod';
import { MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
import { MAX_RELAY_CHARS } from '../ticket/relay-url.ts';
import { LONGEST_LATENCY_MS, label, resolution } from './fields.ts';

/** Below this not even sound gets through well, in bits per second. */
export const MIN_UPLOAD_LIMIT_BPS = 64_000;
/** More than any home has. */
export const MAX_UPLOAD_LIMIT_BPS = 10_000_000_000;

const settingsFields = {
  /** The name the next broadcast gets. */
  broadcastName: z.string().min(1).max(MAX_NAME_CHARS),
  source: z.enum(['camera', 'screen', 'file', 'test']),
  cameraId: z.string().max(500).nullable(),
  microphoneId: z.string().max(500).nullable(),
  /** Whether going live takes sound along. */
  sound: z.boolean(),
  /** Playback volume, 0..1. */
  volume: z.number().min(0).max(1),
  muted: z.boolean(),
  /** Playback latency target: as low as the network allows, or a fixed jitter buffer in milliseconds. */
  latency: z.union([z.literal('real-time'), z.number().int().min(0).max(LONGEST_LATENCY_MS)]),
  theme: z.enum(['system', 'light', 'dark']),
  /** How this person is named to those they call. Empty: no name. */
  displayName: label,
  /** What a second caller gets while a call goes on. */
  whenBusy: z.enum(['decline', 'wait']),
  echoCancellation: z.boolean(),
  noiseSuppression: z.boolean(),
  autoGain: z.boolean(),
  /** The relay that share links for browsers lead to, as a web address. Empty: none. */
  shareRelay: z.string().max(MAX_RELAY_CHARS),
  /** The relay that broadcasts are pushed to: a web address, a ticket of its, or its endpoint id. Empty: none. */
  pushTo: z.string().max(MAX_RELAY_CHARS),
  /** What that relay wants to see from publishers (a JWT). Empty: nothing. */
  pushToken: z.string().max(MAX_RELAY_CHARS),
  /** Whether what is live is pushed there. */
  pushing: z.boolean(),
  /** The largest picture that is sent. */
  maxResolution: resolution,
  /** What all viewers together may cost, in bits per second; null is no limit. */
  uploadLimitBps: z.number().int().min(MIN_UPLOAD_LIMIT_BPS).max(MAX_UPLOAD_LIMIT_BPS).nullable(),
};

/** What the settings file holds: what an older version did not have yet gets its default. */
export const settingsSchema = z.object({
  broadcastName: settingsFields.broadcastName.default('hello'),
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
  echoCancellation: settingsFields.echoCancellation.default(true),
  noiseSuppression: settingsFields.noiseSuppression.default(true),
  autoGain: settingsFields.autoGain.default(true),
  shareRelay: settingsFields.shareRelay.default(''),
  pushTo: settingsFields.pushTo.default(''),
  pushToken: settingsFields.pushToken.default(''),
  pushing: settingsFields.pushing.default(false),
  maxResolution: settingsFields.maxResolution.default('1080p'),
  uploadLimitBps: settingsFields.uploadLimitBps.default(null),
});

/** A change names only what changes: no defaults here, they would put back everything else. */
export const settingsChangeSchema = z.object(settingsFields).partial().strict();
export type Settings = z.infer<typeof settingsSchema>;
