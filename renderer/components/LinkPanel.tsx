import { type JSX, useRef } from 'react';
import type { LinkState, PathState } from '../../common/bridge.ts';
import { linkBadge, relayHost } from '../../common/link-quality.ts';
import type { EncodingStats, PlayerState } from '../media/types.ts';
import { copyText } from '../state/clipboard.ts';
import { useApp } from '../state/context.ts';
import { codecName, formatBps } from '../state/format.ts';
import { HISTORY_MS, linkKey } from '../state/link-history.ts';
import { linkReport } from '../state/link-report.ts';
import { useNow, useReadable } from '../state/readable.ts';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';
import { Plot } from './Plot.tsx';
import './facts.css';
import './link.css';

interface LinkPanelProps {
  link: LinkState | null;
  /** What is received; null where nothing is. */
  player?: PlayerState | null;
  /** What is sent. */
  sending?: readonly EncodingStats[];
  downloadBps?: number;
}

/** The badge shows the round trip of the last second: one and the same beside it. */
function asBadge({ stats }: LinkState, path: PathState): PathState {
  return path.selected && stats ? { ...path, rttMs: stats.rttMs } : path;
}

/** Everything about a connection and what it carries, in numbers. */
export function LinkPanel({ link, player = null, sending = [], downloadBps }: LinkPanelProps): JSX.Element {
  const app = useApp();
  const all = useReadable(app.links.samples);
  const nowMs = useNow(1000);
  const panel = useRef<HTMLElement>(null);
  const samples = (link && all.get(linkKey(link))) || [];
  const badge = link && linkBadge(link);
  const copy = async (): Promise<void> => {
    const report = linkReport({ info: app.info, atMs: Date.now(), link, samples, player, sending });
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
        {[...receiving(player, downloadBps), ...network(link), ...sent(sending)].map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
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

function PathRow({ path }: { path: PathState }): JSX.Element {
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

function receiving(player: PlayerState | null, downloadBps: number | undefined): Row[] {
  const rows: Row[] = [];
  if (player) {
    rows.push(
      ['Picture', player.width ? `${player.width}×${player.height}` : '–'],
      ['Frames', player.hasVideo ? `${Math.round(player.framesPerSecond)} per second` : '–'],
      ['Format', player.codec ? codecName(player.codec) : '–'],
      ['Quality', player.rendition?.replace(/^video\//, '') ?? '–'],
      ['Buffer', `${Math.round(player.bufferMs)} ms`],
      ['Frames dropped', player.hasVideo ? String(player.framesDropped) : '–'],
      ['Picture to sound', player.skewMs === null ? '–' : skew(player.skewMs)],
      ['Camera to screen', player.delayMs === null ? 'not known' : `${player.delayMs} ms`],
    );
  }
  if (downloadBps !== undefined) rows.push(['Download', formatBps(downloadBps)]);
  return rows;
}

function network(link: LinkState | null): Row[] {
  if (!link?.signals) return [];
  return [
    ['Room to send', formatBps(link.signals.availableBps)],
    ['Times congested', String(link.signals.congestionEvents)],
  ];
}

function sent(sending: readonly EncodingStats[]): Row[] {
  return sending.map((stats, index) => [
    index === 0 ? 'You send' : `You send (${index + 1})`,
    `${stats.width}×${stats.height}, ${Math.round(stats.framesPerSecond)} fps, ${codecName(stats.codec)}, ${formatBps(stats.bps)}`,
  ]);
}

function skew(skewMs: number): string {
  const rounded = Math.round(skewMs);
  if (rounded === 0) return 'in step';
  return rounded > 0 ? `${rounded} ms ahead` : `${-rounded} ms behind`;
}
