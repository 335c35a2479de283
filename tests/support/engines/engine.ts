import { readPatternCode } from '../../../renderer/media/sources/pattern-code.ts';
import { sleep, waitFor } from '../wait.ts';

/** A function that runs in the page. It may use only its arguments. */
type PageFunction<Args extends readonly unknown[], T> = (...args: Args) => T | Promise<T>;

/** A tab of a browser other than Chromium. Each browser implements only these primitives. */
export interface EnginePage {
  goto(url: string): Promise<void>;
  /** Runs a function in the page, or in the page's first frame. Arguments and result are JSON. */
  evaluate<Args extends readonly unknown[], T>(run: PageFunction<Args, T>, ...args: Args): Promise<T>;
  evaluateInFrame<Args extends readonly unknown[], T>(run: PageFunction<Args, T>, ...args: Args): Promise<T>;
  /** Clicks an element with the mouse, like a user. */
  click(testId: string): Promise<void>;
  /** Presses a key on the keyboard. */
  press(key: string): Promise<void>;
  close(): Promise<void>;
}

/** A browser other than Chromium. */
export interface EngineBrowser {
  readonly name: string;
  newPage(): Promise<EnginePage>;
  close(): Promise<void>;
}

/** The text of an element; null if the page has no such element. */
export function textOf(page: EnginePage, testId: string): Promise<string | null> {
  return page.evaluate((id) => document.querySelector(`[data-testid="${id}"]`)?.textContent ?? null, testId);
}

/** An attribute of an element; null if the page has no such element or attribute. */
export function attributeOf(page: EnginePage, testId: string, name: string): Promise<string | null> {
  return page.evaluate(
    (id, attribute) => document.querySelector(`[data-testid="${id}"]`)?.getAttribute(attribute) ?? null,
    testId,
    name,
  );
}

/** Waits until an attribute of an element has a value. */
export async function waitForAttribute(
  page: EnginePage,
  testId: string,
  name: string,
  value: string,
  timeoutMs = 30_000,
): Promise<void> {
  let last: string | null = null;
  await waitFor(
    `${testId} with ${name}=${value}`,
    async () => {
      last = await attributeOf(page, testId, name);
      return last === value;
    },
    timeoutMs,
  ).catch(async (error: unknown) => {
    const body = await page.evaluate(() => document.body.textContent?.slice(0, 600));
    throw new Error(`${String(error)}: it was ${last}. The page says: ${body}`);
  });
}

/** Waits until the page has an element with this test id. */
export function waitForElement(page: EnginePage, testId: string): Promise<unknown> {
  return waitFor(testId, async () => (await textOf(page, testId)) !== null, 60_000);
}

/** Enters text into a field as if the user had typed it. */
export function fill(page: EnginePage, testId: string, text: string): Promise<void> {
  return page.evaluate(
    (id, value) => {
      const field = document.querySelector<HTMLInputElement | HTMLSelectElement>(`[data-testid="${id}"]`);
      if (!field) throw new Error(`no ${id}`);
      // React observes the element's own `value` property, so call the setter of the prototype.
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value')?.set?.call(field, value);
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.dispatchEvent(new Event('change', { bubbles: true }));
    },
    testId,
    text,
  );
}

/** Size of the sampled image, large enough to read the row of code cells. */
const SAMPLE = { width: 320, height: 180 };

/** Reads the frame number that the test pattern draws into the player's canvas; null if unreadable. */
export async function frameNumber(page: EnginePage, inFrame = false): Promise<number | null> {
  const read = (width: number, height: number): string | null => {
    const canvas = document.querySelector('[data-testid="watch-canvas"]');
    if (!(canvas instanceof HTMLCanvasElement) || canvas.width === 0 || canvas.height === 0) return null;
    const small = document.createElement('canvas');
    small.width = width;
    small.height = height;
    const context = small.getContext('2d', { willReadFrequently: true });
    if (!context) return null;
    context.drawImage(canvas, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    // Encode the pixels as text, because browsers take a second to send an array of numbers.
    let text = '';
    for (let i = 0; i < data.length; i += 8_192) text += String.fromCharCode(...data.subarray(i, i + 8_192));
    return btoa(text);
  };
  const { width, height } = SAMPLE;
  const encoded = inFrame
    ? await page.evaluateInFrame(read, width, height).catch(() => null)
    : await page.evaluate(read, width, height);
  if (encoded === null) return null;
  const data = Buffer.from(encoded, 'base64');
  return readPatternCode({ data, ...SAMPLE });
}

/** Waits until the canvas shows more than `count` different frame numbers. Returns them in order. */
export async function watchFrames(page: EnginePage, count = 8, inFrame = false): Promise<number[]> {
  const frames: number[] = [];
  await waitFor(
    'moving video',
    async () => {
      const frame = await frameNumber(page, inFrame);
      if (frame !== null && frame !== frames.at(-1)) frames.push(frame);
      return frames.length > count;
    },
    60_000,
  ).catch(async (error: unknown) => {
    const body = await page.evaluate(() => document.body.textContent?.slice(0, 600));
    throw new Error(`${String(error)}: frames ${frames.join(' ')}. The page says: ${body}`);
  });
  return frames;
}

/** The highest audio level of the player over `durationMs`, from 0 to 1. */
export async function loudest(page: EnginePage, durationMs: number): Promise<number> {
  let level = 0;
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    level = Math.max(level, Number((await attributeOf(page, 'watch-level', 'data-level')) ?? 0));
    await sleep(40);
  }
  return level;
}
