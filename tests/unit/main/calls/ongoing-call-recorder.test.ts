import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Call } from '../../../../main/calls/call.ts';
import { CallRecovery } from '../../../../main/calls/call-recovery.ts';
import { newCallView } from '../../../../main/calls/call-view.ts';
import { OngoingCallFile } from '../../../../main/calls/ongoing-call.ts';
import { OngoingCallRecorder } from '../../../../main/calls/ongoing-call-recorder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-ongoing-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const peer = 'ab'.repeat(32);

/** The parts of an active call that the recorder reads. Real calls run in tests/integration/calls-resume.test.ts. */
const activeCall = (id: string): Call =>
  ({
    id,
    state: 'active',
    connection: undefined,
    view: newCallView(id, 'in', peer),
    ownStatus: { name: '', muted: false, pictureOff: false, sharing: false },
  }) as unknown as Call;

async function open() {
  const file = await OngoingCallFile.load(folder);
  const dialer = { dial: () => Promise.reject(new Error('not dialled')) };
  const recovery = new CallRecovery({ dialer: dialer as never, redialMs: 1 });
  const recorder = new OngoingCallRecorder(file, recovery);
  const start = (call: Call) => {
    recovery.add(call, { endpointId: peer, relayUrls: [], ipAddrs: [] }, false);
    recorder.update(call);
  };
  const saved = async () => JSON.parse(await readFile(join(folder, 'ongoing-call.json'), 'utf8'));
  return { file, recorder, start, saved };
}

test('clears the file only after the ended call has been saved in the history', async () => {
  const { file, recorder, start, saved } = await open();
  const call = activeCall('1');
  start(call);
  const inHistory = Promise.withResolvers<void>();
  recorder.clear(call, inHistory.promise);
  await file.flushed();
  expect(await saved()).toMatchObject({ id: '1' });
  inHistory.resolve();
  await recorder.flushed();
  expect(await saved()).toBeNull();
});

test('keeps a call that started while the previous one was being saved in the history', async () => {
  const { recorder, start, saved } = await open();
  const [first, second] = [activeCall('1'), activeCall('2')];
  start(first);
  const inHistory = Promise.withResolvers<void>();
  recorder.clear(first, inHistory.promise);
  start(second);
  inHistory.resolve();
  await recorder.flushed();
  expect(await saved()).toMatchObject({ id: '2' });
  recorder.clear(second, Promise.resolve());
  await recorder.flushed();
});
