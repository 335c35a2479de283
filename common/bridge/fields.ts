import { z } from 'zod';
import { MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
import { resolutions } from './renditions.ts';

/** Fields that several messages of the bridge have. */

/** Longest track name, in characters. */
export const MAX_TRACK_CHARS = 200;
/** The longest jitter buffer, in milliseconds. */
export const LONGEST_LATENCY_MS = 10_000;

export const ticketText = z.string().max(4096);
export const resolution = z.enum(resolutions);
export const trackName = z.string().max(MAX_TRACK_CHARS);
/** What somebody is called, or a broadcast. */
export const label = z.string().max(MAX_NAME_CHARS);
