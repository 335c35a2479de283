import type { Locator, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { goLive, setCall, setWaiting, talk } from '../../support/ui-page/actions.ts';
import { history, LONG_NAME, MAYA, OTHER_TICKET, withBroadcast } from '../../support/ui-page/samples.ts';
import { at, open } from '../../support/ui-page/scenario.ts';
import { scenarios } from '../../support/ui-page/scenarios/index.ts';
import { useUi } from '../../support/ui-page/ui-fixture.ts';

const ui = useUi();
let page: Page;

/** The text to which an element's `aria-describedby` refers. */
const descriptionOf = (element: Locator): Promise<string> =>
  element.evaluate((described) => {
    const ids = described.getAttribute('aria-describedby')?.split(' ') ?? [];
    return ids.map((id) => document.getElementById(id)?.textContent?.trim() ?? `no #${id}`).join(' ');
  });

beforeEach(() => {
  page = ui.page;
});

describe('calls', () => {
  const CALL_TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/call';
  const ringing = (): Promise<unknown> => page.evaluate(() => window.harness.media.ringer.ringing);
  const caller = (): Promise<unknown> =>
    page.evaluate(() => {
      const { callPublisher } = window.harness.media;
      const chosen = callPublisher.chosen.map(({ kind }) => kind);
      return { chosen, ...callPublisher.state.get(), preview: null };
    });
  const is = (state: string): Promise<void> =>
    page.locator(`[data-testid=call][data-state=${state}]`).waitFor();

  it('show a microphone and a camera that cannot be opened as off, and try again on a click', async () => {
    await open(page, ui.url, at());
    await talk(page);
    const microphone = page.getByTestId('call-mute');
    expect(await microphone.getAttribute('aria-pressed')).toBe('false');
    await page.evaluate(() =>
      window.harness.media.callPublisher.change({ audio: 'failed', video: 'failed', preview: null }),
    );
    await page.locator('[data-testid=call-mute][aria-pressed=true]').waitFor();
    await page.locator('[data-testid=call-camera][aria-pressed=true]').waitFor();
    expect(await ui.requests('call.status')).toContainEqual(
      expect.objectContaining({ muted: true, pictureOff: true }),
    );
    await microphone.click();
    await page.locator('[data-testid=call-mute][aria-pressed=false]').waitFor();
    await page.getByTestId('call-camera').click();
    await page.locator('[data-testid=call-camera][aria-pressed=false]').waitFor();
    await expect
      .poll(async () => (await ui.requests('call.status')).at(-1))
      .toMatchObject({ muted: false, pictureOff: false });
  });

  it('ring over any screen, capture nothing before they are answered, and are not accepted by a stray key', async () => {
    await open(page, ui.url, at());
    await page.getByTestId('ticket-input').focus();
    await setCall(page, { remote: { ...MAYA, name: 'Ma\u202Eya' } });
    const dialog = page.getByRole('dialog', { name: '“Maya” is calling' });
    await dialog.waitFor();
    expect(await dialog.textContent()).toContain('Not in your contacts ID 8a88e3dd74…');
    await expect.poll(ringing).toBe('in');
    await page.waitForFunction(() => document.title.includes('Maya (8a88e3dd74) is calling'));
    // Wait until the buttons are enabled. Otherwise, Tab would move the focus to another button.
    await expect.poll(() => page.getByTestId('accept-video').isEnabled()).toBe(true);
    for (const key of ['Enter', 'Space', 'Escape']) await page.keyboard.press(key);
    expect(await dialog.isVisible()).toBe(true);
    expect(await caller()).toMatchObject({ chosen: [], phase: 'idle', audio: 'off' });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await is('active');
    await expect.poll(ringing).toBeNull();
    // An effect updates the title after the screen has changed.
    await expect.poll(() => page.title()).toBe('Call · Iroh Live');
    await page.waitForFunction(() => window.harness.media.callPublisher.state.get().phase === 'live');
    expect(await caller()).toMatchObject({ chosen: ['camera'], name: 'call-1', audio: 'on' });
    await expect
      .poll(() => page.evaluate(() => window.harness.media.players.at(-1)?.ticket))
      .toBe('calls/call-1/in');
  });

  it('exchange muted and camera-off states, and show how the call ended', async () => {
    await open(page, ui.url, at());
    await talk(page);
    await page.keyboard.press('m');
    await page.keyboard.press('c');
    await page.waitForFunction(() =>
      window.harness.bridge.log.some(
        ({ name, request }) =>
          name === 'call.status' && JSON.stringify(request).includes('"muted":true,"pictureOff":true'),
      ),
    );
    await expect.poll(caller).toMatchObject({ video: 'off', audio: 'muted' });
    await setCall(page, { remote: { ...MAYA, muted: true, pictureOff: true } });
    await page.getByTestId('remote-muted').waitFor();
    await page.getByTestId('remote-camera-off').waitFor();
    await page.locator('.watch-stage[data-picture=none]').waitFor();

    const own = page.getByTestId('call-own');
    const left = async (): Promise<number> => (await own.boundingBox())?.x ?? 0;
    const before = await left();
    await own.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(left).toBeLessThan(before);
    await own.hover();
    await page.mouse.down();
    await page.mouse.move(0, 0, { steps: 3 });
    await page.mouse.up();
    await expect.poll(left).toBeLessThan(40);

    await setCall(page, { state: 'reconnecting', remote: MAYA });
    await page.getByText('Reconnecting…').waitFor();
    await setCall(page, { state: 'ended', message: 'The connection to Maya was lost.' });
    await is('ended');
    expect(await page.getByTestId('call-message').textContent()).toBe('The connection to Maya was lost.');
    await page.waitForFunction(() => window.harness.media.callPublisher.state.get().phase === 'idle');
    await page.getByTestId('name-caller').click();
    await page.getByTestId('contact-name').fill('Sister');
    await page.getByTestId('access-auto').check();
    await page.getByTestId('save-contact').click();
    await expect
      .poll(() => ui.requests('contacts.change'))
      .toMatchObject([{ name: 'Sister', access: 'auto' }]);
    await page.getByTestId('call-again').click();
    await is('dialing');
    expect(await ui.requests('call.dial')).toEqual([{ ticket: CALL_TICKET }]);
    await page.getByTestId('call-cancel').click();
    await page.getByTestId('call-close').click();
    await page.getByTestId('call-start').waitFor();
  });

  it('mark a stranger wherever a contact would be named, and warn about a name that looks like a contact’s', async () => {
    const lookalike = scenarios.find(({ name }) => name === 'call-incoming-lookalike');
    if (!lookalike) throw new Error('no scenario');
    await open(page, ui.url, lookalike);
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('heading').textContent()).toBe('“Мum” is calling');
    expect(await page.getByTestId('stranger').count()).toBe(1);
    expect(await page.getByTestId('lookalike').textContent()).toContain('This is not your contact “Mum”');
    await setCall(page, { contactName: 'Mum', resembles: null });
    await page.getByRole('dialog', { name: 'Mum is calling' }).waitFor();
    expect(await page.getByTestId('stranger').count()).toBe(0);
    expect(await page.getByTestId('lookalike').count()).toBe(0);
  });

  it('do not move or enable the buttons when the caller changes its name', async () => {
    await open(
      page,
      ui.url,
      at({ state: { contacts: [{ peer: 'c'.repeat(64), name: 'Mum', access: 'ask' }] } }),
    );
    await setCall(page, {});
    const accept = page.getByTestId('accept-video');
    const enabled = accept.and(page.locator(':enabled'));
    const place = () => accept.evaluate((button) => JSON.stringify(button.getBoundingClientRect()));
    await enabled.waitFor();
    const before = await place();
    for (const [name, resembles] of [
      ['Jo', null],
      [LONG_NAME.slice(0, 60), null],
      ['М\u3164um', 'Mum'],
    ] as const) {
      // This code runs in the page, because the button might be enabled before a round trip to the page
      // completes.
      const disabled = await page.evaluate(
        async ([remote, contact]) => {
          window.harness.bridge.setCall({ id: 'call-1', remote, resembles: contact });
          await new Promise((done) => setTimeout(done, 60));
          const button = document.querySelector<HTMLButtonElement>('[data-testid="accept-video"]');
          button?.click();
          return button?.disabled;
        },
        [{ ...MAYA, name }, resembles] as const,
      );
      expect(disabled).toBe(true);
      expect(await place()).toBe(before);
      await enabled.waitFor();
      expect(await place()).toBe(before);
    }
    expect(await ui.requests('call.accept')).toEqual([]);
  });

  it('describe the caller to a screen reader, and mark a contact without a name as a contact', async () => {
    await open(page, ui.url, at());
    await setCall(page, { remote: { ...MAYA, name: 'М\u3164um' }, resembles: 'Mum' });
    const dialog = page.getByTestId('ringing');
    await dialog.waitFor();
    expect(await descriptionOf(dialog)).toMatch(
      /^Not in your contacts ID 8a88e3dd74… *This is not your contact “Mum”.*sent only if you accept\.$/,
    );
    expect(await page.getByRole('alert').textContent()).toContain('This is not your contact “Mum”');
    await setCall(page, { isContact: true, resembles: null });
    await page.getByTestId('contact').waitFor();
    expect(await descriptionOf(dialog)).toMatch(/^In your contacts ID 8a88e3dd74…/);
    expect(await page.getByTestId('stranger').count()).toBe(0);
  });

  it('mark a waiting stranger on the Call screen and on other screens', async () => {
    await open(page, ui.url, at());
    await talk(page);
    const jonas = { id: 'call-2', remote: { ...MAYA, name: 'Jonas' }, resembles: 'Jonas' };
    await setWaiting(page, [jonas]);
    const card = page.getByTestId('waiting');
    await card.getByTestId('stranger').waitFor();
    expect(await card.getByRole('alert').textContent()).toContain('This is not your contact “Jonas”');
    const answer = page.getByTestId('waiting-answer');
    expect(await descriptionOf(answer)).toMatch(
      /^Not in your contacts ID 8a88e3dd74… *This is not your contact/,
    );
    await answer.and(page.locator(':enabled')).waitFor();
    await setWaiting(page, [{ ...jonas, isContact: true, resembles: null }]);
    await card.getByTestId('contact').waitFor();
    await page.getByTestId('leave').click();
    const bar = page.getByRole('region', { name: 'Call' });
    await bar.getByTestId('contact').waitFor();
    await setWaiting(page, [jonas]);
    await bar.getByTestId('stranger').waitFor();
    expect(await bar.getByTestId('lookalike').textContent()).toContain('This is not your contact “Jonas”');
  });

  it('show names of strangers on one line each, with their ids, whatever characters they contain', async () => {
    const strangers = scenarios.find(({ name }) => name === 'call-strangers');
    if (!strangers) throw new Error('no scenario');
    await open(page, ui.url, strangers);
    const rows = page.getByTestId('history').locator('.recent');
    const texts = await rows.allTextContents();
    for (const text of texts.slice(1)) expect(text).toMatch(/ID .*Not in your contacts/);
    expect(texts[0]).not.toMatch(/ID |Not in your contacts/);
    expect(texts.join()).not.toMatch(/[\u202E\u3164\u{E0041}]/u);
    const heights = await rows.evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
    expect(Math.max(...heights)).toBeLessThan(110);
  });

  it('show the contact dialog in the theme’s colors after a call', async () => {
    page = await ui.restart({ colorScheme: 'light' });
    const naming = scenarios.find(({ name }) => name === 'call-ended-naming');
    if (!naming) throw new Error('no scenario');
    await open(page, ui.url, naming);
    // An effect applies the theme after the page has rendered.
    const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    await expect.poll(scheme).toBe('light');
    const wrongColours = () =>
      page.getByRole('dialog').evaluate((dialog) => {
        const probe = document.body.appendChild(document.createElement('span'));
        probe.style.color = 'var(--text)';
        const expected = getComputedStyle(probe).color;
        probe.remove();
        const parts = [...dialog.querySelectorAll('h2, label, legend, strong')];
        if (parts.length === 0) return ['nothing'];
        return parts.map((part) => getComputedStyle(part).color).filter((colour) => colour !== expected);
      });
    await expect.poll(wrongColours).toEqual([]);
  });

  it('report a missing ticket and a ticket that is not for calls', async () => {
    await open(page, ui.url, at({ info: { autostart: 'call' } }, 'call-ticket'));
    await page.getByTestId('call-dial').click();
    await page.getByText('Paste a ticket that a friend sent you.').waitFor();
    await page.getByTestId('call-input').fill(OTHER_TICKET);
    await page.getByText('This ticket is for watching, not for calling.').waitFor();
    await page.getByRole('button', { name: 'Watch it' }).click();
    await page.getByTestId('watch-state').waitFor();
    expect(await ui.requests('call.dial')).toEqual([]);
  });

  it('from unknown callers can be blocked, and every button is reachable in a small window', async () => {
    await page.setViewportSize({ width: 360, height: 300 });
    await open(page, ui.url, at());
    await setCall(page, {});
    await page.getByRole('dialog', { name: 'Unknown caller is calling' }).waitFor();
    for (const button of ['accept-video', 'accept-sound', 'decline', 'block']) {
      await page.getByTestId(button).scrollIntoViewIfNeeded();
      const box = await page.getByTestId(button).boundingBox();
      expect(box && box.y >= 0 && box.y + box.height <= 300, button).toBe(true);
    }
    await page.getByTestId('block').click();
    await expect.poll(() => ui.requests('contacts.change')).toMatchObject([{ access: 'blocked', name: '' }]);
    await page.getByTestId('ringing').waitFor({ state: 'detached' });
    expect(await page.locator('.toast-text').allTextContents()).toEqual([
      'The caller with ID 8a88e3dd74… is blocked.',
    ]);
  });

  it('show an Undo button, a mark in the history, and an entry in the settings after the caller is blocked', async () => {
    await open(page, ui.url, at({ state: { callHistory: history } }));
    await setCall(page, { remote: MAYA });
    await page.getByTestId('block').click();
    const marks = page.getByTestId('history').getByText('Blocked');
    await marks.first().waitFor();
    expect(await marks.count()).toBe(2);
    await page.getByRole('button', { name: 'Undo' }).click();
    await marks.first().waitFor({ state: 'detached' });

    await setCall(page, { id: 'call-2', state: 'ringing', remote: MAYA });
    await page.getByTestId('block').click();
    await page.getByRole('button', { name: 'Settings' }).click();
    expect(await page.getByTestId('blocked').getByRole('listitem').allTextContents()).toEqual([
      'MayaID 8a88e3dd74…Unblock',
    ]);
    await page.getByRole('button', { name: 'Unblock Maya' }).click();
    await page.getByTestId('blocked').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    expect(await marks.count()).toBe(0);
  });

  it('refer to a peer without a name as “your friend” or by the name from an earlier call', async () => {
    await open(page, ui.url, at());
    await setCall(page, { direction: 'out', state: 'dialing' });
    await page.getByRole('heading', { name: 'Your friend ID 8a88e3dd74…' }).waitFor();
    expect(await page.getByTestId('call-message').textContent()).toBe('Calling your friend…');
    await page.getByTestId('leave').click();
    await page.getByText('Calling your friend…').waitFor();
    await page.getByTestId('call-show').click();
    await setCall(page, { state: 'ringing', earlierName: 'Maya' });
    await page.getByText('Maya’s computer is ringing…').waitFor();
  });

  it('suggest the name that the peer claimed when the user names the peer', async () => {
    await open(page, ui.url, at({ state: { callHistory: history } }));
    await page.getByRole('button', { name: 'Name Maya' }).first().click();
    const field = page.getByTestId('contact-name');
    expect(await field.inputValue()).toBe('Maya');
    await field.press('Enter');
    expect(await ui.requests('contacts.change')).toMatchObject([{ name: 'Maya', access: 'ask' }]);
  });

  it('clear the error of the previous call', async () => {
    await open(page, ui.url, at({ info: { autostart: 'call' } }, 'call-ticket'));
    await page.evaluate(() =>
      window.harness.bridge.failing.set('call.dial', 'This is your own call ticket.'),
    );
    await page.getByTestId('call-input').fill(CALL_TICKET);
    await page.getByTestId('call-dial').click();
    await page.getByText('This is your own call ticket.').waitFor();
    await setCall(page, { remote: MAYA });
    await page.getByTestId('ringing').waitFor();
    expect(await page.locator('.toast').count()).toBe(0);
  });

  it('say what a broadcast’s viewers see and hear, and can mute the broadcast for the length of the call', async () => {
    await open(page, ui.url, at(withBroadcast));
    await goLive(page);
    const audio = (): Promise<string> =>
      page.evaluate(() => window.harness.media.publisher.state.get().audio);
    await setCall(page, { remote: MAYA });
    const dialog = page.getByRole('dialog', { name: '“Maya” is calling' });
    await dialog.getByText('Your viewers still see and hear you.').waitFor();
    await dialog.getByTestId('mute-broadcast').check();
    expect(await audio()).toBe('on');
    await page.getByTestId('accept-video').click();
    await is('active');
    await expect.poll(audio).toBe('muted');
    await page.getByText('Your viewers still see you, but can’t hear you.').waitFor();
    expect(await page.getByTestId('mute-broadcast').isChecked()).toBe(true);
    await page.getByTestId('call').getByTestId('hang-up').click();
    await is('ended');
    await expect.poll(audio).toBe('on');
    expect(await page.getByTestId('broadcast-note').count()).toBe(0);
  });

  it('show all details without scrolling in the default window', async () => {
    const details = scenarios.find(({ name }) => name === 'call-details');
    if (!details) throw new Error('no scenario');
    await open(page, ui.url, details);
    const panel = page.getByTestId('stats');
    const [height, room] = await panel.evaluate((element) => [element.scrollHeight, element.clientHeight]);
    expect(height).toBeLessThanOrEqual(room ?? 0);
    expect((await panel.boundingBox())?.y).toBeGreaterThan(40);
  });

  it('show an initial while the camera is off, say who can hear whom, and focus “Call again” at the end', async () => {
    await open(page, ui.url, at());
    await talk(page, { remote: { ...MAYA, pictureOff: true, muted: true } });
    expect(await page.locator('.overlay-letter').textContent()).toBe('M');
    await page.getByText('Their microphone is off, too. They can hear you.').waitFor();
    await page.setViewportSize({ width: 360, height: 480 });
    const own = await page.getByTestId('call-own').boundingBox();
    const words = await page.getByTestId('call-message').boundingBox();
    expect(own && words && own.y + own.height <= words.y).toBe(true);
    await setCall(page, { state: 'ended', message: 'Maya hung up.' });
    await page.locator('[data-testid=call-again]:focus').waitFor();
  });

  it('start from a call ticket entered anywhere, and only one at a time', async () => {
    await open(page, ui.url, at());
    await page.getByTestId('ticket-input').fill(CALL_TICKET);
    await page.getByText('their computer will ring').waitFor();
    await page.keyboard.press('Enter');
    await is('dialing');
    expect(await ui.requests('recents.touch')).toEqual([]);
    await setCall(page, { state: 'ringing' });
    await expect.poll(ringing).toBe('out');
    await page.getByTestId('leave').click();
    await page.getByTestId('call-show').waitFor();
    await page.evaluate((ticket) => window.harness.app.openTicket(ticket), CALL_TICKET);
    await page.getByText('already in a call').waitFor();
    expect(await ui.requests('call.dial')).toHaveLength(1);
    await page.getByTestId('call-cancel').click();
    await is('ended');
  });

  it('leave nothing on the screen if declined, and a toast if missed', async () => {
    await open(page, ui.url, at());
    await setCall(page, { remote: MAYA });
    await page.getByTestId('decline').click();
    await page.getByTestId('ringing').waitFor({ state: 'detached' });
    expect(await ui.requests('call.decline')).toEqual([{ id: 'call-1' }]);
    expect(await page.locator('.toast').count()).toBe(0);
    await page.evaluate(() => window.harness.bridge.setCall({ id: 'call-2', contactName: 'Maya' }));
    await page.getByTestId('ringing').waitFor();
    await page.evaluate(() => window.harness.bridge.setCall({ id: 'call-2', state: 'ended', message: 'x' }));
    await page.getByText('Missed call from Maya').waitFor();
    expect(await ui.requests('call.dismiss')).toEqual([{ id: 'call-1' }, { id: 'call-2' }]);
    await page.getByTestId('go-live').waitFor();
  });

  it('can wait, and a waiting caller is declined, or answered with the camera unchanged', async () => {
    await open(page, ui.url, at());
    await talk(page);
    await page.keyboard.press('c');
    const jonas = { id: 'call-2', remote: { ...MAYA, name: 'Jonas' } };
    await setWaiting(page, [jonas, { id: 'call-3', contactName: 'Ada' }]);
    const card = page.getByTestId('waiting');
    expect(await card.textContent()).toMatch(/Jonas.*is waiting.*1 more/);
    expect(await ringing()).toBeNull();
    await setWaiting(page, [{ id: 'call-3', contactName: 'Ada' }]);
    await page.getByText('Missed call from Jonas').waitFor();
    await page.getByTestId('waiting-decline').click();
    await card.waitFor({ state: 'detached' });
    expect(await ui.requests('call.decline')).toEqual([{ id: 'call-3' }]);
    expect(await page.getByText('Missed call from Ada').count()).toBe(0);

    await setWaiting(page, [jonas]);
    await page.getByTestId('leave').click();
    await page.getByText('Jonas is waiting').waitFor();
    // The answer button is disabled at first. Check it within the page, because the button might be enabled
    // before a round trip to the page completes.
    const ignored = await page.evaluate(async () => {
      const find = (id: string) => document.querySelector<HTMLButtonElement>(`[data-testid="${id}"]`);
      find('call-show')?.click();
      await new Promise((done) => setTimeout(done, 60));
      return find('waiting-answer')?.disabled;
    });
    expect(ignored).toBe(true);
    await page.getByTestId('waiting-answer').click();
    expect(await ui.requests('call.accept')).toEqual([{ id: 'call-2' }]);
    await page.getByRole('heading', { name: 'Jonas' }).waitFor();
    await page.waitForFunction(() => window.harness.media.callPublisher.state.get().name === 'call-2');
    // The camera was off, so it stays off.
    expect(await caller()).toMatchObject({ phase: 'live', video: 'off', chosen: ['camera'] });
  });

  it('move to a small always-on-top window, which is restored at the end', async () => {
    await open(page, ui.url, { name: 'electron', start: { electron: true }, reach: (on) => talk(on) });
    const kept = (): Promise<unknown> => page.evaluate(() => ({ ...document.documentElement.dataset }));
    await page.keyboard.press('p');
    await page.getByTestId('call-large').waitFor();
    await expect.poll(kept).toMatchObject({ onTop: 'true', bounds: '1020 50 360 250' });
    await page.getByLabel('Window opacity').fill('50');
    await expect.poll(kept).toMatchObject({ opacity: '0.5' });
    await page.getByTestId('hang-up').click();
    await is('ended');
    await expect.poll(kept).toMatchObject({ onTop: 'false', bounds: '100 50 1280 800', opacity: '1' });
  });
});
