import { z } from 'zod';
import { MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
import { resolutions } from './renditions.ts';

/** Maximum length of a track name in bridge messages, in characters. */
export const MAX_TRACK_CHARS = 200;
/** Maximum length of the jitter buffer, in ms. */
export const LONGEST_LATENCY_MS = 10_000;

/** The text of a ticket. Only its length is checked; `parseTicket` parses it. */
export const ticketText = z.string().max(4096);
/** A picture height in lines. */
export const resolution = z.enum(resolutions);
/** A track name, or `auto`. */
export const trackName = z.string().max(MAX_TRACK_CHARS);
/** The name of a user or a broadcast. */
export const label = z.string().max(MAX_NAME_CHARS);
