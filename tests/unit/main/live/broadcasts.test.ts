import { Broadcast, Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { Broadcasts } from '../../../../main/live/broadcasts.ts';
import { Origin } from '../../../../main/origin/origin.ts';

function setUp() {
  const origin = new Origin();
  const broadcasts = new Broadcasts(origin, 'live');
  const heard: string[] = [];
  broadcasts.events.on('live', ({ name }) => heard.push(`live ${name}`));
  broadcasts.events.on('ended', ({ name }) => heard.push(`ended ${name}`));
  const publish = (path: string) =>
    origin.publish(Path.from(path), new Broadcast.Producer().consume(), { by: {}, hasTrackInfo: true });
  return { broadcasts, heard, publish };
}

describe('Broadcasts', () => {
  it('tells what goes live below the prefix, and its end', () => {
    const { broadcasts, heard, publish } = setUp();
    const publication = publish('live/hello');
    publish('elsewhere/hello');
    publication.close();
    expect(heard).toEqual(['live hello', 'ended hello']);
    broadcasts.close();
  });

  it('has no ticket for a name that would not be read back, and goes on', () => {
    const { broadcasts, heard, publish } = setUp();
    publish('live/hello ').close();
    publish('live');
    publish('live/good');
    expect(heard).toEqual(['live good']);
    broadcasts.close();
  });

  it.each(['call', 'call-status', 'call/mine'])('refuses the calls’ own name %s, in words', (name) => {
    const { broadcasts, heard, publish } = setUp();
    const problems: string[] = [];
    broadcasts.events.on('refused', ({ problem }) => problems.push(problem));
    publish(`live/${name}`).close();
    expect(heard).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(/Calls go by/)]);
    broadcasts.close();
  });
});
