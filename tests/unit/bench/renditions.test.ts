import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../bench/renditions/figures.ts';
import type { Recording, Sighting, SoundMark, Step } from '../../../bench/renditions/recording.ts';
import { chosenScenarios, scenarios } from '../../../bench/renditions/scenarios.ts';
import { routed, startingAt } from '../../../bench/renditions/webrtc-run.ts';
import { PATTERN_CODE_LIMIT } from '../../../renderer/media/sources/pattern-code.ts';

const BEGIN = 1_000_000;
const FRAME_MS = 100 / 3;

/** Even pictures from one time to another, each shown some time after its capture. */
function pictures(fromMs: number, toMs: number, delayMs: number, height = 720): Sighting[] {
  const all: Sighting[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += FRAME_MS) all.push({ atMs, code: atMs - delayMs, height });
  return all;
}

function recording(sightings: Sighting[], endMs: number, more: Partial<Recording> = {}): Recording {
  return {
    askedMs: BEGIN,
    endMs,
    seen: { sightings, sound: [], unreadable: 0 },
    made: { frames: 0, longestGapMs: 34 },
    steps: [{ atMs: BEGIN, name: 'all', top: true }],
    ...more,
  };
}

describe('figures of a picture', () => {
  it('tell of joining, delay and rate', () => {
    const figures = figuresOf(recording(pictures(BEGIN + 500, BEGIN + 10_000, 40), BEGIN + 10_000));
    expect(figures).toMatchObject({ joinMs: 500, switches: 0, backwards: 0, shares: { '720p': 1 } });
    expect(figures.delayMedianMs).toBeCloseTo(40);
    expect(figures.framesPerSecond).toBeCloseTo(30, 0);
    expect(figures.longestFreezeMs).toBeCloseTo(FRAME_MS);
  });

  it('leave the first second out of the delay, and nothing out of the freezes', () => {
    const seen = [
      ...pictures(BEGIN + 500, BEGIN + 1_000, 900),
      ...pictures(BEGIN + 1_600, BEGIN + 9_000, 40),
    ];
    const figures = figuresOf(recording(seen, BEGIN + 9_000));
    expect(figures.delayP95Ms).toBeCloseTo(40);
    expect(figures.longestFreezeMs).toBeGreaterThan(600);
  });

  it('count the end of a picture that stopped as a freeze', () => {
    const figures = figuresOf(recording(pictures(BEGIN, BEGIN + 2_000, 40), BEGIN + 5_000));
    expect(figures.longestFreezeMs).toBeGreaterThan(2_990);
  });

  it('go on where the code wraps around', () => {
    const seen = pictures(BEGIN, BEGIN + 4_000, 40).map(({ atMs, height }) => ({
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

  it('count switches and pictures that were seen before', () => {
    const seen = [
      ...pictures(BEGIN, BEGIN + 3_000, 40, 720),
      ...pictures(BEGIN + 3_000, BEGIN + 4_000, 1_040, 360),
    ];
    const figures = figuresOf(recording(seen, BEGIN + 4_000));
    expect(figures).toMatchObject({ switches: 1, backwards: 1 });
    expect(figures.shares['720p']).toBeCloseTo(0.75);
    expect(figures.shares['360p']).toBeCloseTo(0.25);
  });

  it('are none where no picture came', () => {
    const figures = figuresOf(recording([], BEGIN + 5_000));
    expect(figures).toMatchObject({ joinMs: null, delayMedianMs: null, longestFreezeMs: null, shares: {} });
  });
});

describe('settling', () => {
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

  it('is over at the last switch, and at the last late picture or freeze', () => {
    expect(
      settle([
        ...pictures(BEGIN, BEGIN + 8_000, 40),
        ...pictures(BEGIN + 8_000, BEGIN + 9_000, 400),
        ...pictures(BEGIN + 9_500, BEGIN + 21_000, 40, 360),
        ...pictures(BEGIN + 21_000, endMs, 40),
      ]),
    ).toEqual([1.5, 3]);
  });

  it('is not over while renditions change', () => {
    expect(
      settle([
        ...pictures(BEGIN, BEGIN + 12_000, 40),
        ...pictures(BEGIN + 12_000, BEGIN + 18_000, 40, 360),
        ...pictures(BEGIN + 18_000, endMs, 40),
      ]),
    ).toEqual([4, 0]);
  });

  it('never comes when the best picture does not come back', () => {
    expect(
      settle([...pictures(BEGIN, BEGIN + 8_000, 40), ...pictures(BEGIN + 8_000, endMs, 40, 360)]),
    ).toEqual([0, null]);
  });

  it('never comes when the picture stands', () => {
    expect(settle(pictures(BEGIN, BEGIN + 12_000, 40))).toEqual([null, null]);
  });
});

describe('sound', () => {
  const marks = (fromMs: number, toMs: number, loud = true): SoundMark[] =>
    Array.from({ length: Math.ceil((toMs - fromMs) / 50) }, (_, i) => ({ atMs: fromMs + 50 * i, loud }));
  const gapsOf = (sound: SoundMark[], endMs: number) => {
    const seen = { sightings: [], sound, unreadable: 0 };
    const { soundDropouts, soundMissingMs } = figuresOf({ ...recording([], endMs), seen });
    return { soundDropouts, soundMissingMs };
  };

  it('has gaps where it was quiet, the time before it began left out', () => {
    const sound = [
      ...marks(BEGIN, BEGIN + 1_000, false),
      ...marks(BEGIN + 1_000, BEGIN + 3_000),
      ...marks(BEGIN + 3_000, BEGIN + 3_100, false),
      ...marks(BEGIN + 3_100, BEGIN + 5_000),
    ];
    expect(gapsOf(sound, BEGIN + 5_000)).toEqual({ soundDropouts: 1, soundMissingMs: 100 });
  });

  it('has a gap where nobody heard anything at all', () => {
    const sound = [...marks(BEGIN, BEGIN + 1_000), ...marks(BEGIN + 3_000, BEGIN + 4_000)];
    expect(gapsOf(sound, BEGIN + 4_000)).toEqual({ soundDropouts: 1, soundMissingMs: 2_050 });
    expect(gapsOf(marks(BEGIN, BEGIN + 1_000), BEGIN + 4_000).soundDropouts).toBe(1);
  });

  it('has none where a quantum was quiet', () => {
    const sound = [
      { atMs: BEGIN, loud: true },
      { atMs: BEGIN + 10, loud: false },
      { atMs: BEGIN + 13, loud: true },
    ];
    expect(gapsOf(sound, BEGIN + 100)).toEqual({ soundDropouts: 0, soundMissingMs: 0 });
  });
});

describe('scenarios', () => {
  it('have parts that make a whole', () => {
    for (const { phases } of scenarios) {
      expect(phases.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    }
  });

  it('are chosen by name, and a wrong name is told', () => {
    expect(chosenScenarios([])).toBe(scenarios);
    expect(chosenScenarios(['relayed', 'step']).map(({ name }) => name)).toEqual(['step', 'relayed']);
    expect(() => chosenScenarios(['fast'])).toThrow('"fast"');
  });
});

describe('signalling', () => {
  const sdp = [
    'm=video 9 UDP/TLS/RTP/SAVPF 102',
    'a=candidate:1 1 udp 2113937151 10.77.0.2 40000 typ host generation 0',
    'a=candidate:2 1 tcp 1518280447 10.77.0.2 9 typ host tcptype active generation 0',
    'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    '',
  ].join('\r\n');

  it('leaves datagrams alone, by way of the relay where there is one', () => {
    expect(routed(sdp, 'a', null)).not.toContain('tcp');
    expect(routed(sdp, 'a', null)).toContain('10.77.0.2 40000');
    const relay = { a: { address: '10.77.0.3', port: 1 }, b: { address: '10.77.0.3', port: 2 } };
    expect(routed(sdp, 'a', relay)).toContain('udp 2113937151 10.77.0.3 1 typ host generation 0\r\n');
    expect(routed(sdp, 'b', relay)).toContain(' 10.77.0.3 2 typ');
  });

  it('says how much to begin with', () => {
    expect(startingAt(sdp, 1_000)).toContain('42e01f;x-google-start-bitrate=1000\r\n');
  });
});
