import { type Path, Varint } from 'moq-net';
import { concatBytes } from '../../common/moq/bytes.ts';
import { withLength } from './wire-writer.ts';

/** Encodes the answer to an ANNOUNCE request in moq-lite 01 to 05 (`js/net/src/lite/announce.ts` in moq-dev/moq). */

/** The moq-lite versions whose announcements this file encodes. Later versions may differ. */
const ANNOUNCED_VERSIONS = [
  'moq-lite-01',
  'moq-lite-02',
  'moq-lite-03',
  'moq-lite-04',
  'moq-lite-05',
] as const;

/** A moq-lite version whose announcements this file encodes. */
export type AnnouncedVersion = (typeof ANNOUNCED_VERSIONS)[number];

/** Whether this file encodes a version's announcements. */
export function isAnnouncedVersion(version: string): version is AnnouncedVersion {
  return (ANNOUNCED_VERSIONS as readonly string[]).includes(version);
}

const STATUS_ENDED = 0;
const STATUS_ACTIVE = 1;

/**
 * Encodes the first message of an answer. Before version 03, this is ANNOUNCE_INIT with a list, which may be
 * empty. Versions 03 and 04 have no such message. In version 05, it is ANNOUNCE_OK.
 *
 * @param publisherId this side's id in the hops of an announcement, below 2^62; 0 means unknown
 * @param active number of announcements that follow immediately
 */
export function encodeAnnouncementStart(
  version: AnnouncedVersion,
  publisherId: bigint,
  active: number,
): Uint8Array {
  switch (version) {
    case 'moq-lite-01':
    case 'moq-lite-02':
      return withLength(Varint.encode(0));
    case 'moq-lite-03':
    case 'moq-lite-04':
      return new Uint8Array();
    case 'moq-lite-05':
      return withLength(Varint.encode(publisherId), Varint.encode(active));
  }
}

/**
 * Encodes an announcement that a broadcast has started or ended. Like moq-net, lists only this side as a hop
 * (versions 03 and 04) and does not pass on the hops of other relays.
 *
 * @param suffix the broadcast's path without the requested prefix
 */
export function encodeAnnouncement(
  version: AnnouncedVersion,
  suffix: Path.Valid,
  active: boolean,
  publisherId: bigint,
): Uint8Array {
  const status = Uint8Array.of(active ? STATUS_ACTIVE : STATUS_ENDED);
  const text = new TextEncoder().encode(suffix);
  return withLength(status, Varint.encode(text.byteLength), text, encodeHops(version, active, publisherId));
}

function encodeHops(version: AnnouncedVersion, active: boolean, publisherId: bigint): Uint8Array {
  switch (version) {
    case 'moq-lite-01':
    case 'moq-lite-02':
      return new Uint8Array();
    case 'moq-lite-03':
      return Varint.encode(active ? 1 : 0);
    case 'moq-lite-04':
      return active ? concatBytes(Varint.encode(1), Varint.encode(publisherId)) : Varint.encode(0);
    case 'moq-lite-05':
      return Varint.encode(0);
  }
}
