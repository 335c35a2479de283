import { describe, expect, it } from 'vitest';
import { type PullState, pullFailures } from '../../../../../common/bridge/bridge.ts';
import { type WatchFacts, watchView } from '../../../../../renderer/features/watch/watch-view.ts';
import { NO_BROADCAST, type PlayerState } from '../../../../../renderer/media/shared/types.ts';

const pull: PullState = {
  ticket: 'iroh-live:x/hello',
  state: 'connecting',
  failure: null,
  retryAtMs: null,
  downloadBps: 0,
};
const player = NO_BROADCAST;
const playing: PlayerState = { ...player, phase: 'playing', hasVideo: true, hasAudio: true };

function see(facts: Partial<WatchFacts>): ReturnType<typeof watchView> {
  return watchView({ connected: true, pull, player, name: 'Maya', everPlayed: false, nowMs: 1000, ...facts });
}

describe('watchView', () => {
  it('connects before anything is known', () => {
    expect(see({ pull: null, player: null })).toMatchObject({
      phase: 'connecting',
      overlay: 'state',
      picture: 'none',
    });
  });

  it('waits when the publisher was never there', () => {
    const view = see({ pull: { ...pull, state: 'waiting' } });
    expect(view.phase).toBe('waiting');
    expect(view.body).toContain('by itself');
  });

  it('stays connecting until the first picture, though main says live', () => {
    expect(
      see({ pull: { ...pull, state: 'live' }, player: { ...player, phase: 'loading', hasVideo: true } }),
    ).toMatchObject({ phase: 'connecting', title: 'Starting the picture…' });
  });

  it('is live as soon as the player plays, whatever main has said so far', () => {
    for (const state of ['connecting', 'waiting', 'live', 'ended'] as const) {
      expect(see({ pull: { ...pull, state }, player: playing })).toMatchObject({
        phase: 'live',
        overlay: null,
        picture: 'moving',
      });
    }
  });

  it('does not call a frozen picture live when the connection failed', () => {
    const view = see({
      pull: { ...pull, state: 'failed', failure: 'lost' },
      player: playing,
      everPlayed: true,
    });
    expect(view).toMatchObject({ phase: 'failed', picture: 'last', step: 'retry' });
  });

  it('keeps the last picture when the publisher stops', () => {
    expect(see({ pull: { ...pull, state: 'ended' }, everPlayed: true })).toMatchObject({
      phase: 'ended',
      picture: 'last',
      title: '“Maya” has stopped',
    });
  });

  it('is live without a picture for sound alone, and while the picture is off', () => {
    const live = { ...pull, state: 'live' } as const;
    expect(see({ pull: live, player: { ...player, phase: 'loading', hasAudio: true } })).toMatchObject({
      phase: 'live',
      overlay: 'sound-only',
    });
    expect(see({ pull: live, player: { ...playing, videoOff: true } })).toMatchObject({
      phase: 'live',
      overlay: 'picture-off',
      picture: 'none',
    });
  });

  it('has words and a next step for each failure', () => {
    for (const failure of pullFailures) {
      const view = see({ pull: { ...pull, state: 'failed', failure } });
      expect(view.phase).toBe('failed');
      expect(view.title.length).toBeGreaterThan(5);
      expect(view.body.length).toBeGreaterThan(10);
      expect(view.step).toBe(failure === 'invalid' ? 'back' : 'retry');
    }
    expect(see({ pull: { ...pull, state: 'failed', failure: 'offline' } }).title).toContain(
      'seems to be offline',
    );
  });

  it('counts down to the next attempt and never below zero', () => {
    const failed = { ...pull, state: 'failed', failure: 'offline', retryAtMs: 5000 } as const;
    expect(see({ pull: failed }).retryInMs).toBe(4000);
    expect(see({ pull: failed, nowMs: 9000 }).retryInMs).toBe(0);
    expect(see({ pull: { ...failed, retryAtMs: null } }).retryInMs).toBeNull();
  });

  it('says that the background part is gone before anything else', () => {
    expect(see({ connected: false, player: playing, everPlayed: true })).toMatchObject({
      phase: 'disconnected',
      picture: 'last',
    });
  });

  it('says why it is gone, where that is known', () => {
    expect(see({ connected: false, loss: 'absent' }).title).toBe('The app is not running');
    expect(see({ connected: false, loss: 'restarted' }).body).toBe(
      'The app was started again. Open the address that it printed.',
    );
  });

  it('tells what the player cannot play', () => {
    expect(
      see({ pull: { ...pull, state: 'live' }, player: { ...player, problem: 'No decoder.' } }),
    ).toMatchObject({
      phase: 'failed',
      body: 'No decoder.',
    });
  });

  it('shortens long names', () => {
    expect(see({ pull: { ...pull, state: 'ended' }, name: 'x'.repeat(200) }).title.length).toBeLessThan(60);
  });
});
