import type { PullState } from '../../common/bridge/bridge.ts';
import { isBelow } from '../../common/relay/relay-path.ts';
import type { RelayRefusal } from '../../common/relay/relay-refusal.ts';
import type { PullReport, RelayInfo } from '../../common/relay/relay-schemas.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { sanitizeName } from '../../common/words/display-name.ts';
import type { TitledText } from '../../common/words/pull-failure-text.ts';
import { messageView, type WatchView, watchView } from '../features/watch/watch-view.ts';
import type { PlayerState } from '../media/shared/player-types.ts';
import { refusalText } from './refusal.ts';
import type { WatchTarget } from './watch-target.ts';

/** The inputs of the view of a broadcast on a relay's page. */
export interface RelayWatchViewInput {
  target: Exclude<WatchTarget, { kind: 'none' | 'wrong' }>;
  /** Whether there is a session with the relay. */
  connected: boolean;
  /** Why there is no session, as text for the user; null during the first attempt. */
  problem: string | null;
  /** Why the relay refuses this page's sessions; null if it does not. */
  refusal: RelayRefusal | null;
  /** What the relay offers and allows; null before its first response. */
  info: RelayInfo | null;
  /** The relay's report about the pull; null for a path on the relay and before the first report. */
  report: PullReport | null;
  player: PlayerState | null;
  /** Whether a frame has been shown since the page opened. */
  everPlayed: boolean;
}

/** Decides what a relay's page shows: the app's Watch screen, plus states that only a relay has. */
export function relayWatchView(input: RelayWatchViewInput): WatchView {
  const { target, connected, problem, info, report, player, everPlayed } = input;
  const refusal = info && player?.phase !== 'playing' ? refusalFor(target, info) : null;
  if (refusal) return messageView('failed', refusal, everPlayed);
  if (!connected && input.refusal) return messageView('failed', refusalText(input.refusal), everPlayed);
  if (!connected && problem === null) return messageView('connecting', texts.connecting, everPlayed);
  if (!connected) {
    const { title, body } = texts.lost;
    return messageView('disconnected', { title, body: `${problem} ${body}` }, everPlayed);
  }
  const pull =
    target.kind === 'ticket' ? pullOf(target.path, report) : pathPull(target.path, player, everPlayed);
  const view = watchView({
    connected,
    pull,
    player,
    name: targetLabel(target, report),
    everPlayed,
    nowMs: 0,
  });
  if (pull?.state === 'failed' && report && report.message !== '' && view.phase === 'failed') {
    // The relay's message begins with the title, for scripts that read only the message. Do not show the
    // title twice.
    const title = `${view.title}. `;
    const { message } = report;
    return { ...view, body: message.startsWith(title) ? message.slice(title.length) : message };
  }
  if (target.kind === 'path' && view.phase === 'waiting') return { ...view, ...texts.waiting };
  return view;
}

/**
 * The name to display. It differs from the target's name if the broadcast is live under a name other than the
 * ticket's.
 */
export function targetLabel(target: RelayWatchViewInput['target'], report: PullReport | null): string {
  return sanitizeName(report?.liveName ?? '') || target.label;
}

const texts = {
  connecting: { title: 'Connecting to the relay…', body: 'This usually takes a second.' },
  lost: { title: 'No connection to the relay', body: 'This page keeps trying to connect.' },
  noPull: {
    title: 'This relay doesn’t accept tickets',
    body: 'It serves only broadcasts that are published to it. Ask its operator for a link that allows tickets, or watch with the app.',
  },
  tokenNeeded: {
    title: 'You need a token to watch this',
    body: 'The relay shows this broadcast only to people with a token. Ask for a link that contains one, or ask the relay’s operator to let everyone watch.',
  },
  waiting: {
    title: 'Nobody is live under this name yet',
    body: 'The video starts automatically when someone goes live.',
  },
} as const;

/** Why the relay does not show this visitor the broadcast; null if it does. */
function refusalFor(target: RelayWatchViewInput['target'], info: RelayInfo): TitledText | null {
  const path = target.kind === 'path' ? target.path : pathOnRelay(target.path, info.endpointId);
  if (path === null) return info.mayPull ? null : texts.noPull;
  return isBelow(info.read, path) ? null : texts.tokenNeeded;
}

/**
 * The path on the relay if the ticket names the relay's own endpoint; null if it names a different endpoint.
 */
function pathOnRelay(ticket: string, relayId: string): string | null {
  const { endpointId, broadcastName } = parseTicket(ticket);
  return endpointId === relayId ? broadcastName : null;
}

/** Converts the relay's report to the app's pull state. Returns null before the pull starts. */
function pullOf(ticket: string, report: PullReport | null): PullState | null {
  // `released` means that the relay has not received this page's subscription yet.
  if (!report || report.state === 'released') return null;
  return { ticket, state: report.state, failure: report.failure, retryAtMs: null, downloadBps: 0 };
}

/**
 * Represents a broadcast on the relay itself in the form of the app's pull state. The relay sends no reports
 * about it, but the player knows its state.
 */
function pathPull(path: string, player: PlayerState | null, everPlayed: boolean): PullState | null {
  if (!player) return null;
  const state = player.phase !== 'offline' ? 'live' : everPlayed ? 'ended' : 'waiting';
  return { ticket: path, state, failure: null, retryAtMs: null, downloadBps: 0 };
}
