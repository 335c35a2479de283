import { type JSX, useRef } from 'react';
import type { ConnectionState, NetworkPathState } from '../../../common/bridge/bridge.ts';
import { qualityBadge, relayHost } from '../../../common/bridge/connection-quality.ts';
import type { EncodingStats, PlayerState } from '../../media/shared/types.ts';
import { SendingNote } from '../capture/SendingNote.tsx';
import { sentRows, uploadWords } from '../capture/sending.ts';
import { QualityChanges, QualityOffers } from '../player/QualityFacts.tsx';
import { Button } from '../shared/Button.tsx';
import { copyText } from '../shared/clipboard.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { codecName, formatBps } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { useNow, useReadable } from '../shared/readable.ts';
import { useConnectionHistory } from './connection-context.ts';
import { connectionKey, HISTORY_MS } from './connection-history.ts';
import { connectionReport } from './connection-report.ts';
import { Plot } from './Plot.tsx';
import '../player/details.css';
import './connection.css';

interface ConnectionPanelProps {
  connection: ConnectionState | null;
  /** What is received; null where nothing is. */
  player?: PlayerState | null;
  /** What is sent. */
  sending?: readonly EncodingStats[];
  /** Why less is sent than there is. */
  sendingNote?: string | null;
  downloadBps?: number;
}

/** The badge shows the round trip of the last second: one and the same beside it. */
function asBadge({ stats }: ConnectionState, path: NetworkPathState): NetworkPathState {
  return path.selected && stats ? { ...path, rttMs: stats.rttMs } : path;
}

/** Everything about a connection and what it carries, in numbers. */
export function ConnectionPanel(props: ConnectionPanelProps): JSX.Element {
  const { connection: link, player = null, sending = [], sendingNote = null, downloadBps } = props;
  const app = useApp();
  const { uploadLimitBps } = useSettings();
  const all = useReadable(useConnectionHistory().samples);
  const nowMs = useNow(1000);
  const panel = useRef<HTMLElement>(null);
  const samples = (link && all.get(connectionKey(link))) || [];
  const badge = link && qualityBadge(link);
  const copy = async (): Promise<void> => {
    const report = connectionReport({
      info: app.info,
      atMs: Date.now(),
      connection: link,
      samples,
      player,
      sending,
      sendingNote,
    });
    if (await copyText(report, null)) app.toasts.show('The details were copied.', { tone: 'good' });
    else app.toasts.show('Copying isn’t allowed here.', { tone: 'bad' });
  };
  const line = (value: (sample: (typeof samples)[number]) => number) =>
    samples.map((sample) => ({ atMs: sample.atMs, value: value(sample) }));
  const frame = { nowMs, spanMs: HISTORY_MS };
  return (
    <section
      ref={panel}
      className="stats link-panel"
      aria-label="Details of picture and network"
      data-testid="stats"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the panel scrolls, so the keyboard must reach it.
      tabIndex={0}
    >
      {player ? <QualityOffers player={player} /> : null}
      {link ? (
        <>
          <p className="link-note">{badge?.tooltip}</p>
          <ul className="link-paths" aria-label="Paths">
            {link.paths.map((path) => (
              <PathRow key={`${path.kind} ${path.address}`} path={asBadge(link, path)} />
            ))}
          </ul>
          <div className="link-plots">
            <Plot
              label="Round trip"
              format={(value) => `${Math.round(value)} ms`}
              lines={[{ name: '', points: line((sample) => sample.rttMs) }]}
              {...frame}
            />
            <Plot
              label="Packets lost"
              format={(value) => `${value.toFixed(value > 0 && value < 10 ? 1 : 0)} %`}
              lines={[{ name: '', points: line((sample) => sample.lossPercent) }]}
              {...frame}
            />
            <Plot
              label="Down and up"
              format={(value) => formatBps(value * 1_000_000)}
              lines={[
                { name: '↓', points: line((sample) => sample.downMbps) },
                { name: '↑', points: line((sample) => sample.upMbps) },
              ]}
              {...frame}
            />
          </div>
        </>
      ) : null}
      <dl>
        {[...receiving(player, downloadBps), ...network(link), ...sent(sending, link, uploadLimitBps)].map(
          ([what, value]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <SendingNote note={sendingNote} />
      {player ? <QualityChanges player={player} /> : null}
      <Button
        size="small"
        icon="copy"
        data-testid="copy-stats"
        onClick={() => app.attempt(copy(), 'The details were not copied')}
      >
        Copy as JSON
      </Button>
    </section>
  );
}

function PathRow({ path }: { path: NetworkPathState }): JSX.Element {
  return (
    <li className="link-path" data-selected={path.selected}>
      <Icon name={path.selected ? 'check' : 'clock'} size={14} />
      <span className="link-address">
        {path.kind === 'direct' ? 'Direct' : 'Relayed'}
        {path.selected ? ', in use' : ''}: {path.kind === 'direct' ? path.address : relayHost(path.address)}
      </span>
      <span>{Math.round(path.rttMs)} ms</span>
    </li>
  );
}

type Row = readonly [string, string];

/** What the other side's congestion control would let it send to here. */
function senderSays(bps: number | null): Row[] {
  return bps === null ? [] : [['Their room to send', formatBps(bps)]];
}

/** What is received, as labels and values. */
export function receiving(player: PlayerState | null, downloadBps: number | undefined): Row[] {
  const rows: Row[] = [];
  if (player) {
    rows.push(
      ['Picture', player.width ? `${player.width}×${player.height}` : '–'],
      ['Frames', player.hasVideo ? `${Math.round(player.framesPerSecond)} per second` : '–'],
      ['Format', player.codec ? codecName(player.codec) : '–'],
      ['Buffer', `${Math.round(player.bufferMs)} ms`],
      ['Frames dropped', player.hasVideo ? String(player.framesDropped) : '–'],
      ['Picture to sound', player.skewMs === null ? '–' : skew(player.skewMs)],
      ['Camera to screen', player.delayMs === null ? 'not known' : `${player.delayMs} ms`],
    );
  }
  if (downloadBps !== undefined) rows.push(['Download', formatBps(downloadBps)]);
  return rows;
}

function network(link: ConnectionState | null): Row[] {
  if (!link?.signals) return [];
  return [
    ...senderSays(link.downlink?.senderEstimateBps ?? null),
    ['Room to send', formatBps(link.signals.availableBps)],
    ['Times congested', String(link.signals.congestionEvents)],
  ];
}

function sent(
  sending: readonly EncodingStats[],
  link: ConnectionState | null,
  limitBps: number | null,
): Row[] {
  const rows: Row[] = sentRows(sending, []).map(({ label, facts }) => [`You send ${label}`, facts]);
  if (rows.length === 0 || !link?.stats) return rows;
  const what = limitBps === null ? 'Upload' : 'Upload, of your limit';
  return [...rows, [what, uploadWords(link.stats.upMbps * 1_000_000, limitBps)]];
}

function skew(skewMs: number): string {
  const rounded = Math.round(skewMs);
  if (rounded === 0) return 'in step';
  return rounded > 0 ? `${rounded} ms ahead` : `${-rounded} ms behind`;
}
