import { describe, expect, it } from 'vitest';
import { type PullState, pullFailures } from '../../../../../common/bridge/bridge.ts';
import { type WatchViewInput, watchView } from '../../../../../renderer/features/watch/watch-view.ts';
import { NO_BROADCAST, type PlayerState } from '../../../../../renderer/media/shared/player-types.ts';

const pull: PullState = {
  ticket: 'iroh-live:x/hello',
  state: 'connecting',
  failure: null,
  retryAtMs: null,
  downloadBps: 0,
};
const player = NO_BROADCAST;
const playing: PlayerState = { ...player, phase: 'playing', hasVideo: true, hasAudio: true };

function view(input: Partial<WatchViewInput>): ReturnType<typeof watchView> {
  return watchView({ connected: true, pull, player, name: 'Maya', everPlayed: false, nowMs: 1000, ...input });
}

describe('watchView', () => {
  it('is connecting before the pull starts', () => {
    expect(view({ pull: null, player: null })).toMatchObject({
      phase: 'connecting',
      overlay: 'message',
      video: 'none',
    });
  });

  it('waits for a publisher that is not live yet', () => {
    const waiting = view({ pull: { ...pull, state: 'waiting' } });
    expect(waiting.phase).toBe('waiting');
    expect(waiting.body).toContain('automatically');
  });

  it('stays connecting until the first frame, even if the pull is live', () => {
    expect(
      view({ pull: { ...pull, state: 'live' }, player: { ...player, phase: 'loading', hasVideo: true } }),
    ).toMatchObject({ phase: 'connecting', title: 'Starting the video…' });
  });

  it('is live as soon as the player plays, regardless of the state of the pull', () => {
    for (const state of ['connecting', 'waiting', 'live', 'ended'] as const) {
      expect(view({ pull: { ...pull, state }, player: playing })).toMatchObject({
        phase: 'live',
        overlay: null,
        video: 'moving',
      });
    }
  });

  it('does not show a frozen frame as live after the connection failed', () => {
    const failed = view({
      pull: { ...pull, state: 'failed', failure: 'lost' },
      player: playing,
      everPlayed: true,
    });
    expect(failed).toMatchObject({ phase: 'failed', video: 'last', action: 'retry' });
  });

  it('keeps the last frame when the publisher stops', () => {
    expect(view({ pull: { ...pull, state: 'ended' }, everPlayed: true })).toMatchObject({
      phase: 'ended',
      video: 'last',
      title: '“Maya” has stopped',
    });
  });

  it('is live with audio only, and while the video is off', () => {
    const live = { ...pull, state: 'live' } as const;
    expect(view({ pull: live, player: { ...player, phase: 'loading', hasAudio: true } })).toMatchObject({
      phase: 'live',
      overlay: 'audio-only',
    });
    expect(view({ pull: live, player: { ...playing, videoOff: true } })).toMatchObject({
      phase: 'live',
      overlay: 'video-off',
      video: 'none',
    });
  });

  it('distinguishes a broadcast without video from video that was turned off', () => {
    const live = { ...pull, state: 'live' } as const;
    const silent: PlayerState = { ...playing, hasVideo: false, videoOff: true };
    expect(view({ pull: live, player: { ...silent, audioOnly: true } })).toMatchObject({
      overlay: 'audio-only',
      title: 'Audio only',
    });
    expect(view({ pull: live, player: silent }).title).toBe('The video is off');
    expect(view({ pull: live, player: { ...silent, hasAudio: false, audioOnly: true } }).body).toBe(
      'Your friend isn’t sending video or sound right now.',
    );
  });

  it('says that a broadcast has no sound, or why its sound cannot be played', () => {
    const live = { ...pull, state: 'live' } as const;
    expect(view({ pull: live, player: playing }).soundNote).toBeNull();
    expect(view({ pull: live, player: { ...playing, hasAudio: false } }).soundNote).toBe('Sound is off');
    expect(view({ pull: live, player: { ...playing, audioProblem: 'No decoder.' } }).soundNote).toBe(
      'No decoder.',
    );
    expect(view({ pull: { ...pull, state: 'ended' }, player, everPlayed: true }).soundNote).toBeNull();
  });

  it('says over the last frame that it is reconnecting after the connection was lost', () => {
    expect(view({ pull, player: { ...player, phase: 'loading' }, everPlayed: true })).toMatchObject({
      phase: 'connecting',
      title: 'Connection lost, reconnecting…',
      video: 'last',
    });
  });

  it('has a text and an action for each failure', () => {
    for (const failure of pullFailures) {
      const failed = view({ pull: { ...pull, state: 'failed', failure } });
      expect(failed.phase).toBe('failed');
      expect(failed.title.length).toBeGreaterThan(5);
      expect(failed.body.length).toBeGreaterThan(10);
      expect(failed.action).toBe(failure === 'invalid' ? 'back' : 'retry');
    }
    expect(view({ pull: { ...pull, state: 'failed', failure: 'offline' } }).title).toContain(
      'seems to be offline',
    );
  });

  it('counts down to the next attempt, but not below zero', () => {
    const failed = { ...pull, state: 'failed', failure: 'offline', retryAtMs: 5000 } as const;
    expect(view({ pull: failed }).retryInMs).toBe(4000);
    expect(view({ pull: failed, nowMs: 9000 }).retryInMs).toBe(0);
    expect(view({ pull: { ...failed, retryAtMs: null } }).retryInMs).toBeNull();
  });

  it('reports a lost bridge before anything else', () => {
    expect(view({ connected: false, player: playing, everPlayed: true })).toMatchObject({
      phase: 'disconnected',
      video: 'last',
    });
  });

  it('says why the bridge was lost, if the reason is known', () => {
    expect(view({ connected: false, loss: 'absent' }).title).toBe('The app is not running');
    expect(view({ connected: false, loss: 'restarted' }).body).toBe(
      'The app was restarted at a new address. Open the address that it printed last.',
    );
  });

  it('shows the player’s problem', () => {
    expect(
      view({ pull: { ...pull, state: 'live' }, player: { ...player, problem: 'No decoder.' } }),
    ).toMatchObject({
      phase: 'failed',
      body: 'No decoder.',
    });
  });

  it('shortens long names', () => {
    expect(view({ pull: { ...pull, state: 'ended' }, name: 'x'.repeat(200) }).title.length).toBeLessThan(60);
  });
});
