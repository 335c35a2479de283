import { type Connection, Path } from 'moq-net';
import { afterEach, describe, expect, it } from 'vitest';
import type { CallState } from '../../common/bridge.ts';
import type { CallEvent } from '../../main/calls/calls.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { stopPrograms } from '../support/processes.ts';
import { Numbers, readNumbers } from '../support/sessions.ts';
import { waitFor } from '../support/wait.ts';

const made: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of made.splice(0)) thing.close();
  await stopPrograms();
  await closeApps();
});

const never = () => AbortSignal.timeout(10_000);

async function dial(from: RunningApp, to: RunningApp): Promise<string> {
  const { callTicket } = await to.state();
  return (await from.core.handlers['call.dial']({ ticket: callTicket }, never())).id;
}

/** The call of an app in a state. */
function inState(app: RunningApp, state: CallState['state'], timeoutMs?: number): Promise<CallState> {
  return waitFor(
    `call ${state}`,
    async () => (await app.state()).calls.find((call) => call.state === state),
    timeoutMs,
  );
}

function told(app: RunningApp): string[] {
  return app.events
    .filter((event): event is CallEvent => event.event === 'call')
    .map(({ state, direction }) => `${direction} ${state}`);
}

/** What a window does in a call: publishes its media. */
function speak(window: Connection.Established, id: string): Numbers {
  const numbers = new Numbers();
  made.push(numbers);
  window.publish(Path.from(`calls/${id}/out`), numbers.producer);
  return numbers;
}

function hear(window: Connection.Established, id: string): Promise<number[]> {
  return readNumbers(window.consume(Path.from(`calls/${id}/in`)).subscribe('video'), 5);
}

/** Two apps in a call, with media both ways. */
async function talk(alice: RunningApp, bob: RunningApp) {
  const [a, b] = await Promise.all([windowOf(alice), windowOf(bob)]);
  const out = await dial(alice, bob);
  speak(a, out);
  const { id } = await inState(bob, 'ringing');
  await bob.core.handlers['call.accept']({ id }, never());
  speak(b, id);
  await Promise.all([inState(alice, 'active'), inState(bob, 'active')]);
  await waitFor('media', async () =>
    [...(await alice.state()).calls, ...(await bob.state()).calls].every(({ hasMedia }) => hasMedia),
  );
  return { a, b, out, id };
}

describe('a call between two apps', () => {
  it('rings, is accepted, both read each other, and ends from the caller’s side', async () => {
    const [alice, bob] = await Promise.all([startApp(), startApp()]);
    await alice.core.handlers['settings.change']({ displayName: 'Alice' }, never());
    const { a, b, out, id } = await talk(alice, bob);
    await waitFor('her name', async () => (await bob.state()).calls[0]?.remote?.name === 'Alice');
    expect(await Promise.all([hear(a, out), hear(b, id)])).toMatchObject([{ length: 5 }, { length: 5 }]);
    await alice.core.handlers['call.status'](
      { id: out, muted: true, pictureOff: false, sharing: false },
      never(),
    );
    await waitFor('mute seen', async () => (await bob.state()).calls[0]?.remote?.muted);
    await alice.core.handlers['call.hangUp']({ id: out }, never());
    expect(await inState(alice, 'ended')).toMatchObject({ reason: 'LocalClose', error: 'Ended' });
    const ended = await inState(bob, 'ended');
    expect(ended).toMatchObject({
      reason: 'RemoteClose',
      error: 'Ended',
      message: expect.stringMatching(/hung up/),
    });
    expect(told(alice)).toEqual(['out dialing', 'out ringing', 'out active', 'out ended']);
    expect(told(bob)).toEqual(['in ringing', 'in active', 'in ended']);
    expect((await bob.state()).callHistory).toMatchObject([{ outcome: 'done', remoteName: 'Alice' }]);
  });
});
