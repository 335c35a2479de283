import type { BroadcastState, CallRecord, ConnectionState, Recent } from '../../../common/bridge/bridge.ts';

/** Tickets from keys generated for these tests. */
export const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';
/** A ticket of another peer, with an address. */
export const OTHER_TICKET = 'iroh-live:gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5QBAQDAqAEU0SI/my-stream';
/** A name with the maximum length. */
export const LONG_NAME = `Grandmother’s ${'very '.repeat(30)}long birthday party at the lake`
  .slice(0, 200)
  .padEnd(200, 'x');

/** The time at which the tests start. */
export const now = Date.now();
/** Recently watched tickets. */
export const recents: Recent[] = [
  { ticket: OTHER_TICKET, label: 'Maya’s studio', lastWatchedAtMs: now - 4 * 60_000 },
  { ticket: TICKET, label: 'hello', lastWatchedAtMs: now - 26 * 3_600_000 },
  { ticket: `${TICKET}-2`, label: LONG_NAME, lastWatchedAtMs: now - 40 * 86_400_000 },
];

/** A broadcast without viewers. */
export const broadcast: BroadcastState = {
  name: 'hello',
  ticket: TICKET,
  viewers: 0,
  uploadBps: 0,
  push: null,
  renditions: [],
};
/** A ticket of unusual length. */
export const longTicket = `iroh-live:${'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA'.repeat(8)}/${LONG_NAME}`;

/** The peer's endpoint id. */
export const PEER = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';

/** An answered incoming call. */
export const lastCall: CallRecord = {
  id: 'h1',
  peer: PEER,
  remoteName: 'Maya',
  direction: 'in',
  startedAtMs: now - 12 * 60_000,
  durationMs: 754_000,
  outcome: 'done',
  ticket: null,
};
const stranger = { peer: 'b'.repeat(64), remoteName: LONG_NAME, durationMs: 0 };
/** The call history. */
export const history: CallRecord[] = [
  lastCall,
  { ...lastCall, ...stranger, id: 'h2', startedAtMs: now - 3 * 3_600_000, outcome: 'missed' },
  {
    ...lastCall,
    id: 'h3',
    direction: 'out',
    startedAtMs: now - 30 * 3_600_000,
    durationMs: 0,
    outcome: 'noAnswer',
  },
  {
    ...lastCall,
    id: 'h4',
    peer: 'c'.repeat(64),
    remoteName: '',
    direction: 'out',
    startedAtMs: now - 50 * 3_600_000,
    durationMs: 0,
    outcome: 'failed',
  },
];

/**
 * Names that strangers might use to disguise themselves, and ordinary names in complex or right-to-left writing
 * systems.
 */
export const HOSTILE_NAMES = [
  `M${'\u0351\u0334\u0352\u0336\u0353'.repeat(8)}u${'\u0354\u0355\u0356\u0357\u0358'.repeat(8)}m`,
  'М\u3164u\u200Bm\u{E0041}',
  '\u202Egnihtemos\u202C \u2067ID 00000\u2069',
  '\u3164\u2800\u115F',
  '﷽'.repeat(20),
  '👨\u200D'.repeat(60),
  'שלום 12:00 – ID 123',
  'محمد بن عبد الله',
  'མཚོ་སྒྲུབས་',
];

/** Returns a missed call from a stranger whose display name is `remoteName`. */
export function strangerCall(remoteName: string, index: number): CallRecord {
  const startedAtMs = now - (index + 1) * 3_600_000;
  const peer = `${index}${'b'.repeat(63)}`;
  return {
    ...lastCall,
    id: `stranger ${index}`,
    peer,
    remoteName,
    startedAtMs,
    durationMs: 0,
    outcome: 'missed',
  };
}

/** A connection in a call; direct and fast unless `patch` changes that. */
export function connection(patch: Partial<ConnectionState>): ConnectionState {
  return {
    peer: PEER,
    use: 'call',
    subject: 'call-1',
    paths: [
      { kind: 'direct', address: '192.0.2.7:4433', rttMs: 12.4, selected: true },
      { kind: 'relayed', address: 'https://relay.example./', rttMs: 48, selected: false },
    ],
    signals: { rttMs: 12.4, lossRate: 0, availableBps: 8_400_000, congestionEvents: 2 },
    stats: {
      rttMs: 12.4,
      kind: 'direct',
      address: '192.0.2.7:4433',
      lossPercent: 0.2,
      upMbps: 2.1,
      downMbps: 2.4,
      paths: 2,
    },
    downlink: { atMs: 1_000, connection: 1, senderEstimateBps: 9_100_000, goodputBps: 2_400_000 },
    ...patch,
  };
}

/** A slow connection through a relay. */
export const relayed = connection({
  paths: [{ kind: 'relayed', address: 'https://euw1-1.relay.example.com./', rttMs: 168, selected: true }],
  stats: {
    rttMs: 168,
    kind: 'relayed',
    address: 'https://euw1-1.relay.example.com./',
    lossPercent: 5.4,
    upMbps: 0.8,
    downMbps: 0.6,
    paths: 1,
  },
});

/** The call status that the peer reports. */
export const MAYA = { name: 'Maya', muted: false, pictureOff: false, sharing: false };

/** Page options for a window that opens while a broadcast is live. */
export const withBroadcast = { state: { broadcasts: [broadcast] } };
/** A broadcast with three viewers. */
export const watched = {
  ...broadcast,
  viewers: 3,
  uploadBps: 4_720_000,
  renditions: [
    { name: 'audio/opus', viewers: 3 },
    { name: 'video/h264-180p', viewers: 1 },
    { name: 'video/h264-720p', viewers: 2 },
  ],
};
/** Two renditions being encoded. */
export const encoding = [
  {
    name: 'video/h264-720p',
    codec: 'avc1.42e01f',
    width: 1280,
    height: 720,
    framesPerSecond: 30,
    bps: 2_360_000,
    encodeMs: 6,
  },
  {
    name: 'video/h264-180p',
    codec: 'avc1.42e00d',
    width: 320,
    height: 180,
    framesPerSecond: 29.7,
    bps: 236_000,
    encodeMs: 2,
  },
];
/** A note that explains why viewers get a lower resolution than the source provides. */
export const note =
  'This computer is too slow to encode 1080p, so viewers get at most 720p. The upload limit allows at most 720p.';
