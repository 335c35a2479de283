import type { PullState } from '../../common/bridge/bridge.ts';
import { qualityLevel } from '../../common/bridge/connection-quality.ts';
import type { PullReport, RelayInfo } from '../../common/relay/relay-api.ts';
import { isBelow } from '../../common/relay/relay-path.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { type WatchView, watchView } from '../features/watch/watch-view.ts';
import type { PlayerState } from '../media/shared/types.ts';
import type { WatchTarget } from './watch-target.ts';

export interface RelayWatchViewInput {
  /** What is watched. */
  name: Exclude<WatchTarget, { kind: 'none' | 'wrong' }>;
  /** Whether there is a session with the relay. */
  connected: boolean;
  /** Why there is none, in words, once a try has failed. */
  problem: string | null;
  /** What the relay is and allows; null before it said. */
  info: RelayInfo | null;
  /** What the relay says of its way to the publisher; for tickets, and null before it said anything. */
  report: PullReport | null;
  player: PlayerState | null;
  everPlayed: boolean;
}

/** What a relay's page shows over the picture: the app's states, with a relay in between. */
export function relayWatchView(facts: RelayWatchViewInput): WatchView {
  const { name, connected, info, report, player, everPlayed } = facts;
  const still: Pick<WatchView, 'picture' | 'overlay' | 'step' | 'retryInMs'> = {
    video: everPlayed ? 'last' : 'none',
    overlay: 'state',
    action: null,
    retryInMs: null,
  };
  const refusal = info && player?.phase !== 'playing' ? refusalOf(name, info) : null;
  if (refusal) return { ...still, phase: 'failed', ...refusal };
  if (!connected) {
    if (facts.problem === null) return { ...still, phase: 'connecting', ...words.connecting };
    return {
      ...still,
      phase: 'disconnected',
      title: words.lost.title,
      body: `${facts.problem} ${words.lost.body}`,
    };
  }
  const pull = name.kind === 'ticket' ? pullOf(name.path, report) : pathPull(name.path, player, everPlayed);
  const view = watchView({ connected, pull, player, name: name.label, everPlayed, nowMs: 0 });
  if (pull?.state === 'failed' && report && report.message !== '' && view.phase === 'failed') {
    // The relay's words are for scripts too, and begin with what is the heading here.
    const heading = `${view.title}. `;
    const { message } = report;
    return { ...view, body: message.startsWith(heading) ? message.slice(heading.length) : message };
  }
  if (name.kind === 'path' && view.phase === 'waiting') return { ...view, ...words.waitingHere };
  return view;
}

const words = {
  connecting: { title: 'Connecting to the relay…', body: 'This usually takes a second.' },
  lost: { title: 'No connection to the relay', body: 'This page keeps trying.' },
  noPull: {
    title: 'This relay doesn’t fetch tickets for you',
    body: 'It plays what is published on it. Ask whoever runs it for a link that may, or watch with the app.',
  },
  token: {
    title: 'This needs a token',
    body: 'The relay shows this only to people with a token. Ask whoever sent you the link for one that holds a token, or whoever runs the relay to let everybody watch.',
  },
  waitingHere: { title: 'Nobody is live here yet', body: 'This starts by itself as soon as they go live.' },
} as const;

/** Why the relay never shows this to whoever opened the page; null when it may. */
function refusalOf(name: RelayWatchViewInput['name'], info: RelayInfo): (typeof words)['noPull' | 'token'] | null {
  const own = name.kind === 'path' ? name.path : ownName(name.path, info.endpointId);
  if (own === null) return info.mayPull ? null : words.noPull;
  return isBelow(info.read, own) ? null : words.token;
}

/** The path on the relay that a ticket to its own endpoint names; null for a ticket to another. */
function ownName(ticket: string, ownId: string): string | null {
  const { endpointId, broadcastName } = parseTicket(ticket);
  return endpointId === ownId ? broadcastName : null;
}

/** The relay's report as main would tell it. */
function pullOf(ticket: string, report: PullReport | null): PullState | null {
  // Released: nobody reads it, this page included; its request is on the way.
  if (!report || report.state === 'released') return null;
  return { ticket, state: report.state, failure: report.failure, retryAtMs: null, downloadBps: 0 };
}

/** Of what is published on the relay itself there are no reports: the player knows. */
function pathPull(path: string, player: PlayerState | null, everPlayed: boolean): PullState | null {
  if (!player) return null;
  const state = player.phase !== 'offline' ? 'live' : everPlayed ? 'ended' : 'waiting';
  return { ticket: path, state, failure: null, retryAtMs: null, downloadBps: 0 };
}

/** One stretch of the way, as a badge. */
export interface RouteSegment {
  level: ReturnType<typeof qualityLevel>;
  text: string;
  tooltip: string;
}

/** From this browser to the relay. */
export function relaySegment(transport: 'webtransport' | 'websocket', rttMs: number | null): RouteSegment {
  const name = transport === 'webtransport' ? 'WebTransport' : 'WebSocket';
  return {
    level: qualityLevel(rttMs, null),
    text: rttMs === null ? `You ↔ relay · ${name}` : `You ↔ relay · ${rttWords(rttMs)}`,
    tooltip:
      `Between this browser and the relay: ${name}.` +
      (rttMs === null ? '' : ` Round trip ${rttWords(rttMs)}.`) +
      (transport === 'websocket' ? ' One lost packet holds back what follows it.' : ''),
  };
}

/** From the relay to the publisher; null while there is no way. */
export function publisherSegment(report: PullReport | null): RouteSegment | null {
  if (!report?.upstream) return null;
  const { kind, rttMs } = report.upstream;
  const how = kind === 'direct' ? 'direct' : 'relayed';
  return {
    level: qualityLevel(rttMs, null),
    text: `Relay ↔ publisher · ${how} · ${rttWords(rttMs)}`,
    tooltip:
      (kind === 'direct'
        ? 'Between this relay and the publisher packets go straight.'
        : 'No direct way from this relay to the publisher was found yet: packets pass an iroh relay, which cannot see or hear anything.') +
      ` Round trip ${rttWords(rttMs)}.`,
  };
}

function rttWords(rttMs: number): string {
  return rttMs < 1 ? 'under 1 ms' : `${Math.round(rttMs)} ms`;
}
