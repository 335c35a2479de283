import { Broadcast, Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { Broadcasts } from '../../../../main/live/broadcasts.ts';
import { TrafficMeter } from '../../../../main/live/traffic.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import type { Session } from '../../../../main/origin/session.ts';

function setUp() {
  const origin = new Origin();
  const broadcasts = new Broadcasts(origin, 'live');
  const events: string[] = [];
  broadcasts.events.on('live', ({ name }) => events.push(`live ${name}`));
  broadcasts.events.on('ended', ({ name }) => events.push(`ended ${name}`));
  const publish = (path: string) =>
    origin.publish(Path.from(path), new Broadcast.Producer().consume(), { by: {}, hasTrackInfo: true });
  return { broadcasts, events, publish };
}

const unpushed = { stateOf: () => null, sessionOf: () => undefined };

describe('Broadcasts', () => {
  it('reports when broadcasts under the prefix go live and end', () => {
    const { broadcasts, events, publish } = setUp();
    const publication = publish('live/hello');
    publish('elsewhere/hello');
    publication.close();
    expect(events).toEqual(['live hello', 'ended hello']);
    broadcasts.close();
  });

  it('ignores broadcasts whose names cannot be written in a ticket', () => {
    const { broadcasts, events, publish } = setUp();
    publish('live/hello ').close();
    publish('live');
    publish('live/good');
    expect(events).toEqual(['live good']);
    broadcasts.close();
  });

  it('counts the viewers of each track, and reports when a viewer changes tracks', () => {
    const { broadcasts, publish } = setUp();
    const publication = publish('live/hello');
    const [anna, ben, window] = [{}, {}, {}] as Session[];
    let changes = 0;
    broadcasts.events.on('changed', () => {
      changes += 1;
    });
    const renditions = () =>
      broadcasts.states(() => 't', [anna, ben] as Session[], new TrafficMeter(), unpushed)[0]?.renditions;
    expect(renditions()).toEqual([]);
    const read = (reader: Session | undefined, track: string) => publication.addReader(reader ?? {}, track);
    read(window, 'video/h264-1080p');
    read(ben, 'video/h264-720p');
    read(anna, 'audio/opus');
    const low = read(anna, 'video/h264-360p');
    const again = read(anna, 'video/h264-360p');
    expect(renditions()).toEqual([
      { name: 'audio/opus', viewers: 1 },
      { name: 'video/h264-360p', viewers: 1 },
      { name: 'video/h264-720p', viewers: 1 },
    ]);
    low();
    expect(renditions()).toHaveLength(3);
    const before = changes;
    read(anna, 'video/h264-720p');
    again();
    again();
    expect(changes).toBe(before + 2);
    expect(renditions()).toEqual([
      { name: 'audio/opus', viewers: 1 },
      { name: 'video/h264-720p', viewers: 2 },
    ]);
    // Track names that a hostile viewer makes up are listed only up to a limit. Overlong names are never
    // listed.
    for (let i = 0; i < 100; i += 1) read(ben, `x${i}`);
    read(ben, 'y'.repeat(10_000));
    expect(renditions()).toHaveLength(32);
    broadcasts.close();
  });

  it('counts the relay of a push as a reader of tracks, but not as a viewer', () => {
    const { broadcasts, publish } = setUp();
    const publication = publish('live/hello');
    const [anna, relay] = [{}, {}] as [Session, Session];
    const pushed = {
      stateOf: () => null,
      sessionOf: (name: string) => (name === 'hello' ? relay : undefined),
    };
    const list = () => broadcasts.states(() => 't', [anna], new TrafficMeter(), pushed)[0];
    publication.addReader(relay, 'video/h264-720p');
    expect(list()).toMatchObject({ viewers: 0, renditions: [{ name: 'video/h264-720p', viewers: 1 }] });
    publication.addReader(anna, 'video/h264-720p');
    expect(list()).toMatchObject({ viewers: 1, renditions: [{ name: 'video/h264-720p', viewers: 2 }] });
    broadcasts.close();
  });

  it.each(['call', 'call-status', 'call/mine'])(
    'refuses the reserved name %s with an explanation',
    (name) => {
      const { broadcasts, events, publish } = setUp();
      const problems: string[] = [];
      broadcasts.events.on('refused', ({ problem }) => problems.push(problem));
      publish(`live/${name}`).close();
      expect(events).toEqual([]);
      expect(problems).toEqual([expect.stringMatching(/is reserved for calls/)]);
      broadcasts.close();
    },
  );
});
