import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../../bench/renditions/figures.ts';
import type { AudioMark, Recording, Sighting, Step } from '../../../../bench/renditions/recording.ts';
import { chosenScenarios, scenarios } from '../../../../bench/renditions/scenarios.ts';
import { routed, startingAt } from '../../../../bench/renditions/webrtc-run.ts';
import { PATTERN_CODE_LIMIT } from '../../../../renderer/media/sources/pattern-code.ts';

const BEGIN = 1_000_000;
const FRAME_MS = 100 / 3;

/** Returns evenly spaced frames in a time span, each shown `delayMs` after its capture. */
function frames(fromMs: number, toMs: number, delayMs: number, height = 720): Sighting[] {
  const all: Sighting[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += FRAME_MS) all.push({ atMs, code: atMs - delayMs, height });
  return all;
}

function recording(sightings: Sighting[], endMs: number, more: Partial<Recording> = {}): Recording {
  return {
    askedMs: BEGIN,
    endMs,
    seen: { sightings, audio: [], unreadable: 0 },
    made: { frames: 0, longestGapMs: 34 },
    steps: [{ atMs: BEGIN, name: 'all', top: true }],
    ...more,
  };
}

describe('video figures', () => {
  it('include the join time, the delay and the frame rate', () => {
    const figures = figuresOf(recording(frames(BEGIN + 500, BEGIN + 10_000, 40), BEGIN + 10_000));
    expect(figures).toMatchObject({ joinMs: 500, switches: 0, backwards: 0, shares: { '720p': 1 } });
    expect(figures.delayMedianMs).toBeCloseTo(40);
    expect(figures.framesPerSecond).toBeCloseTo(30, 0);
    expect(figures.longestFreezeMs).toBeCloseTo(FRAME_MS);
  });

  it('exclude the first second from the delay, but not from the freezes', () => {
    const seen = [...frames(BEGIN + 500, BEGIN + 1_000, 900), ...frames(BEGIN + 1_600, BEGIN + 9_000, 40)];
    const figures = figuresOf(recording(seen, BEGIN + 9_000));
    expect(figures.delayP95Ms).toBeCloseTo(40);
    expect(figures.longestFreezeMs).toBeGreaterThan(600);
  });

  it('count a video that has stopped as frozen until the end', () => {
    const figures = figuresOf(recording(frames(BEGIN, BEGIN + 2_000, 40), BEGIN + 5_000));
    expect(figures.longestFreezeMs).toBeGreaterThan(2_990);
  });

  it('continue after the frame code wraps around', () => {
    const seen = frames(BEGIN, BEGIN + 4_000, 40).map(({ atMs, height }) => ({
      atMs,
      height,
      code: (PATTERN_CODE_LIMIT - 2_000 + (atMs - BEGIN) - 40) % PATTERN_CODE_LIMIT,
    }));
    const shifted = seen.map(({ atMs, code, height }) => ({
      atMs: atMs - BEGIN + PATTERN_CODE_LIMIT - 2_000,
      code,
      height,
    }));
    const endMs = PATTERN_CODE_LIMIT + 2_000;
    const figures = figuresOf({ ...recording(shifted, endMs), askedMs: PATTERN_CODE_LIMIT - 2_000 });
    expect(figures.delayMedianMs).toBeCloseTo(40);
    expect(figures.backwards).toBe(0);
  });

  it('count rendition switches and repeated frames', () => {
    const seen = [
      ...frames(BEGIN, BEGIN + 3_000, 40, 720),
      ...frames(BEGIN + 3_000, BEGIN + 4_000, 1_040, 360),
    ];
    const figures = figuresOf(recording(seen, BEGIN + 4_000));
    expect(figures).toMatchObject({ switches: 1, backwards: 1 });
    expect(figures.shares['720p']).toBeCloseTo(0.75);
    expect(figures.shares['360p']).toBeCloseTo(0.25);
  });

  it('are null if no frame was seen', () => {
    const figures = figuresOf(recording([], BEGIN + 5_000));
    expect(figures).toMatchObject({ joinMs: null, delayMedianMs: null, longestFreezeMs: null, shares: {} });
  });
});

describe('the settling time of a video', () => {
  const steps: Step[] = [
    { atMs: BEGIN, name: 'wide', top: true },
    { atMs: BEGIN + 8_000, name: 'narrow', top: false },
    { atMs: BEGIN + 18_000, name: 'wide again', top: true },
  ];
  const endMs = BEGIN + 32_000;
  const settle = (sightings: Sighting[]) =>
    figuresOf(recording(sightings, endMs, { steps })).settle.map(({ afterMs }) =>
      afterMs === null ? null : Math.round(afterMs / 100) / 10,
    );

  it('ends at the last switch, late frame or freeze', () => {
    expect(
      settle([
        ...frames(BEGIN, BEGIN + 8_000, 40),
        ...frames(BEGIN + 8_000, BEGIN + 9_000, 400),
        ...frames(BEGIN + 9_500, BEGIN + 21_000, 40, 360),
        ...frames(BEGIN + 21_000, endMs, 40),
      ]),
    ).toEqual([1.5, 3]);
  });

  it('does not end while renditions change', () => {
    expect(
      settle([
        ...frames(BEGIN, BEGIN + 12_000, 40),
        ...frames(BEGIN + 12_000, BEGIN + 18_000, 40, 360),
        ...frames(BEGIN + 18_000, endMs, 40),
      ]),
    ).toEqual([4, 0]);
  });

  it('is null if the largest rendition is not shown again', () => {
    expect(settle([...frames(BEGIN, BEGIN + 8_000, 40), ...frames(BEGIN + 8_000, endMs, 40, 360)])).toEqual([
      0,
      null,
    ]);
  });

  it('is null if the video freezes', () => {
    expect(settle(frames(BEGIN, BEGIN + 12_000, 40))).toEqual([null, null]);
  });
});

describe('audio figures', () => {
  const marks = (fromMs: number, toMs: number, loud = true): AudioMark[] =>
    Array.from({ length: Math.ceil((toMs - fromMs) / 50) }, (_, i) => ({ atMs: fromMs + 50 * i, loud }));
  const gapsOf = (audio: AudioMark[], endMs: number) => {
    const seen = { sightings: [], audio, unreadable: 0 };
    const { audioGaps, audioMissingMs } = figuresOf({
      ...recording([], endMs),
      seen,
    });
    return { audioGaps, audioMissingMs };
  };

  it('count silence as gaps, but not before the first audio', () => {
    const audio = [
      ...marks(BEGIN, BEGIN + 1_000, false),
      ...marks(BEGIN + 1_000, BEGIN + 3_000),
      ...marks(BEGIN + 3_000, BEGIN + 3_100, false),
      ...marks(BEGIN + 3_100, BEGIN + 5_000),
    ];
    expect(gapsOf(audio, BEGIN + 5_000)).toEqual({ audioGaps: 1, audioMissingMs: 100 });
  });

  it('count missing reports as a gap', () => {
    const audio = [...marks(BEGIN, BEGIN + 1_000), ...marks(BEGIN + 3_000, BEGIN + 4_000)];
    expect(gapsOf(audio, BEGIN + 4_000)).toEqual({ audioGaps: 1, audioMissingMs: 2_050 });
    expect(gapsOf(marks(BEGIN, BEGIN + 1_000), BEGIN + 4_000).audioGaps).toBe(1);
  });

  it('ignore a single silent quantum', () => {
    const audio = [
      { atMs: BEGIN, loud: true },
      { atMs: BEGIN + 10, loud: false },
      { atMs: BEGIN + 13, loud: true },
    ];
    expect(gapsOf(audio, BEGIN + 100)).toEqual({ audioGaps: 0, audioMissingMs: 0 });
  });
});

describe('scenarios', () => {
  it('have shares that add up to 1', () => {
    for (const { phases } of scenarios) {
      expect(phases.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    }
  });

  it('are selected by name, and an unknown name is rejected', () => {
    expect(chosenScenarios([])).toBe(scenarios);
    expect(chosenScenarios(['relayed', 'step']).map(({ name }) => name)).toEqual(['step', 'relayed']);
    expect(() => chosenScenarios(['fast'])).toThrow('"fast"');
  });
});

describe('the session description', () => {
  const sdp = [
    'm=video 9 UDP/TLS/RTP/SAVPF 102',
    'a=candidate:1 1 udp 2113937151 10.77.0.2 40000 typ host generation 0',
    'a=candidate:2 1 tcp 1518280447 10.77.0.2 9 typ host tcptype active generation 0',
    'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    '',
  ].join('\r\n');

  it('keeps only UDP candidates and redirects them to the relay if there is one', () => {
    expect(routed(sdp, 'a', null)).not.toContain('tcp');
    expect(routed(sdp, 'a', null)).toContain('10.77.0.2 40000');
    const relay = { a: { address: '10.77.0.3', port: 1 }, b: { address: '10.77.0.3', port: 2 } };
    expect(routed(sdp, 'a', relay)).toContain('udp 2113937151 10.77.0.3 1 typ host generation 0\r\n');
    expect(routed(sdp, 'b', relay)).toContain(' 10.77.0.3 2 typ');
  });

  it('contains the initial bitrate', () => {
    expect(startingAt(sdp, 1_000)).toContain('42e01f;x-google-start-bitrate=1000\r\n');
  });
});
