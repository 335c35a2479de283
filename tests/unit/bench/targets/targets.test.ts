import { describe, expect, it } from 'vitest';
import {
  judgeRecovery,
  judgeRelay,
  judgeRenditions,
  judgeServe,
  lineOf,
  RenditionResults,
  type Verdict,
} from '../../../../bench/targets/targets.ts';

const FIGURES = {
  joinMs: 380,
  delayMedianMs: 110,
  delayP95Ms: 135,
  longestFreezeMs: 250,
  shares: { '720p': 0.95, '360p': 0.05 },
  settle: [],
};
const WEBRTC = { joinMs: 300, delayMedianMs: 105, delayP95Ms: 130 };

function compare(
  scenario: string,
  app: object,
  { downBps = 2e6, processor = { a: 0.4, b: 0.4 } } = {},
): Verdict[] {
  return judgeRenditions(
    RenditionResults.parse({
      results: [
        { scenario, system: 'app', downBps, processor, figures: { ...FIGURES, ...app } },
        {
          scenario,
          system: 'webrtc',
          downBps: 2e6,
          processor: { a: 0.3, b: 0.3 },
          figures: { ...FIGURES, ...WEBRTC },
        },
      ],
    }),
  );
}

const missed = (verdicts: readonly Verdict[]) =>
  verdicts.filter(({ met }) => !met).map(({ figure }) => figure);

describe('the targets compared with WebRTC', () => {
  it('are met on a lossy link with a delay of 10 ms more, 1.3 times its join and 1.4 times its CPU time', () => {
    expect(missed(compare('loss2', {}))).toEqual([]);
    expect(missed(compare('loss2', { delayMedianMs: 116 }))).toEqual(['median delay, loss2']);
    expect(missed(compare('loss2', { joinMs: 391 }))).toEqual(['join, loss2']);
    expect(missed(compare('loss2', {}, { processor: { a: 0.43, b: 0.4 } }))).toEqual([
      'CPU of the publisher, loss2',
    ]);
  });

  it('allow no additional delay on a good link', () => {
    expect(missed(compare('rtt150', {}))).toEqual(['median delay, rtt150', '95 % delay, rtt150']);
    expect(missed(compare('rtt150', WEBRTC))).toEqual([]);
  });

  it('are missed if a value is missing', () => {
    expect(missed(compare('loss2', { joinMs: null }))).toEqual(['join, loss2']);
  });
});

describe('the targets without WebRTC', () => {
  it('limit the time at smaller sizes on lossy links and with a deep queue', () => {
    const shares = { '720p': 0.89, '360p': 0.11 };
    expect(missed(compare('loss5', { shares }))).toEqual(['time at 720p, loss5']);
    expect(missed(compare('bufferbloat', { shares, delayMedianMs: 114 }, { downBps: 1.4e6 }))).toEqual([
      'time at 720p, bufferbloat',
      'bitrate, bufferbloat',
    ]);
  });

  it('limit the time until the video settles after the bandwidth changes', () => {
    const settle = [
      { step: '1 Mbit/s', afterMs: 1_900 },
      { step: '8 Mbit/s again', afterMs: null },
    ];
    expect(missed(compare('step', { settle }))).toEqual(['back at 720p after the step up']);
  });

  it('limit what each further direct viewer costs', () => {
    const rows = [
      { viewers: 1, cpuPercentPerFurther: null, residentMbPerFurther: null },
      { viewers: 8, cpuPercentPerFurther: 1.6, residentMbPerFurther: 1.8 },
    ];
    expect(judgeServe({ rows }).map(lineOf)).toEqual([
      'missed  CPU per direct viewer, with 8 viewers: 1.6 % of a core (target ≤ 1.5 % of a core)',
      'met     memory per direct viewer, with 8 viewers: 1.8 MB (target ≤ 3 MB)',
    ]);
  });

  it('compare this relay with moq-relay from 16 viewers on', () => {
    const row = (relay: string, viewers: number, cpuPercentPerViewer: number) => ({
      relay,
      viewers,
      cpuPercentPerViewer,
      rssKbPerViewer: 400,
    });
    const rows = [
      row('this relay', 8, 2),
      row('this relay', 16, 0.6),
      row('this relay', 32, 0.7),
      row('moq-relay', 16, 0.5),
    ];
    expect(missed(judgeRelay({ rows }))).toEqual([]);
    expect(judgeRelay({ rows })).toHaveLength(3);
    expect(missed(judgeRelay({ rows: [row('this relay', 16, 0.61), row('moq-relay', 16, 0.5)] }))).toEqual([
      'CPU per relay viewer over WebSocket, with 16 viewers',
    ]);
  });

  it('limit the freeze when a path dies, and ignore other changes of the path', () => {
    const rows = [
      { change: 'relayed → direct, round 1', longestGapMs: 5_000 },
      { change: 'direct path dies → relayed, round 1', longestGapMs: 1_600 },
    ];
    expect(missed(judgeRecovery({ rows }))).toEqual(['freeze, direct path dies → relayed, round 1']);
  });
});
