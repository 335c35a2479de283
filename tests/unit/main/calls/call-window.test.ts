import { expect, test } from 'vitest';
import { CallWindow } from '../../../../main/calls/call-window.ts';
import { sleep } from '../../../support/wait.ts';

test('the first window keeps the calls until another window takes over', () => {
  const callWindow = new CallWindow();
  callWindow.claim('a', false);
  callWindow.claim('b', false);
  expect(callWindow.current.get()).toBe('a');
  callWindow.claim('b', true);
  expect(callWindow.current.get()).toBe('b');
  callWindow.close();
});

test('a closed window loses the calls unless it claims them again soon', async () => {
  const callWindow = new CallWindow(30);
  const gone = new AbortController();
  callWindow.claim('a', false, gone.signal);
  gone.abort();
  callWindow.claim('b', false);
  expect(callWindow.current.get()).toBe('a');
  const goneAgain = new AbortController();
  callWindow.claim('a', false, goneAgain.signal);
  await sleep(60);
  expect(callWindow.current.get()).toBe('a');
  goneAgain.abort();
  await sleep(60);
  expect(callWindow.current.get()).toBeNull();
  callWindow.claim('b', false, goneAgain.signal);
  expect(callWindow.current.get()).toBe('b');
  await sleep(60);
  expect(callWindow.current.get()).toBeNull();
  callWindow.close();
});

test('closing a window without the calls changes nothing', async () => {
  const callWindow = new CallWindow(10);
  const gone = new AbortController();
  callWindow.claim('a', true, gone.signal);
  callWindow.claim('b', true);
  gone.abort();
  await sleep(40);
  expect(callWindow.current.get()).toBe('b');
  callWindow.close();
});
