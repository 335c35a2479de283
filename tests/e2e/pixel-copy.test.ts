import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PixelCopy } from '../../renderer/media/watch/pixel-copy.ts';
import { launchChromium } from '../support/browser.ts';

/**
 * Tests copying frames to a canvas as pixels, in a real Chromium because Node has neither frames nor
 * canvases.
 */

declare global {
  interface Window {
    pixelCopy: { PixelCopy: typeof PixelCopy };
    canvas: { context: CanvasRenderingContext2D; at(x: number, y: number): number[] };
    /** Creates an I420 frame whose left and right halves have the luma values `left` and `right`. */
    makeFrame(width: number, height: number, left: number, right: number): VideoFrame;
  }
}

let browser: Browser;
let page: Page;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [new URL('../../renderer/media/watch/pixel-copy.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'pixelCopy',
    target: 'chrome108',
  });
  browser = await launchChromium();
  page = await browser.newPage();
  // WebCodecs requires a secure context, such as a page from localhost.
  await page.route('http://localhost/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><html lang="en"><canvas></canvas></html>',
    }),
  );
  await page.goto('http://localhost/');
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  await page.evaluate(() => {
    const context = document.querySelector('canvas')?.getContext('2d', { alpha: false });
    if (!context) throw new Error('no canvas');
    window.canvas = { context, at: (x, y) => [...context.getImageData(x, y, 1, 1).data] };
    window.makeFrame = (width, height, left, right) => {
      const data = new Uint8Array((width * height * 3) / 2).fill(128);
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) data[y * width + x] = x < width / 2 ? left : right;
      }
      return new VideoFrame(data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0 });
    };
  });
});

afterAll(() => browser.close());

describe('PixelCopy', () => {
  it('resizes the canvas and paints the same pixels as drawImage', async () => {
    const { copied, drawn, size, able } = await page.evaluate(async () => {
      const { context, at } = window.canvas;
      const copy = new window.pixelCopy.PixelCopy();
      const frame = window.makeFrame(64, 32, 60, 200);
      const able = window.pixelCopy.PixelCopy.supports(frame);
      copy.paint(frame, context);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const copied = [at(8, 8), at(56, 24)];
      const size = [context.canvas.width, context.canvas.height];
      context.drawImage(frame, 0, 0);
      const drawn = [at(8, 8), at(56, 24)];
      // The caller still owns the frame, so the frame must still be open.
      frame.close();
      return { copied, drawn, size, able };
    });
    expect(able).toBe(true);
    expect(size).toEqual([64, 32]);
    for (const [i, pixel] of copied.entries()) {
      for (const [c, value] of pixel.entries()) {
        expect(Math.abs(value - (drawn[i]?.[c] ?? Number.NaN))).toBeLessThanOrEqual(2);
      }
    }
  });

  it('skips all but the newest frame among those that arrive during a copy', async () => {
    const { puts, last } = await page.evaluate(async () => {
      const { context, at } = window.canvas;
      const copy = new window.pixelCopy.PixelCopy();
      let puts = 0;
      const { putImageData } = CanvasRenderingContext2D.prototype;
      context.putImageData = (image: ImageData, x: number, y: number) => {
        puts += 1;
        Reflect.apply(putImageData, context, [image, x, y]);
      };
      for (let i = 0; i < 5; i += 1) {
        const frame = window.makeFrame(64, 32, 40 * i + 30, 40 * i + 30);
        copy.paint(frame, context);
        frame.close();
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      const newest = window.makeFrame(64, 32, 190, 190);
      Reflect.deleteProperty(context, 'putImageData');
      const last = at(32, 16);
      context.drawImage(newest, 0, 0);
      const same = at(32, 16);
      newest.close();
      return { puts, last: Math.abs((last[0] ?? 0) - (same[0] ?? 99)) };
    });
    expect(puts).toBe(2);
    expect(last).toBeLessThanOrEqual(2);
  });

  it('paints nothing after stop(), and does not support frames with a different display size', async () => {
    const { puts, cropped, failed } = await page.evaluate(async () => {
      const { context } = window.canvas;
      const copy = new window.pixelCopy.PixelCopy();
      let puts = 0;
      context.putImageData = () => {
        puts += 1;
      };
      const frame = window.makeFrame(64, 32, 50, 50);
      copy.paint(frame, context);
      copy.stop();
      await new Promise((resolve) => setTimeout(resolve, 100));
      Reflect.deleteProperty(context, 'putImageData');
      const stretched = new VideoFrame(frame, { displayWidth: 128, displayHeight: 32 });
      const cropped = window.pixelCopy.PixelCopy.supports(stretched);
      stretched.close();
      frame.close();
      return { puts, cropped, failed: copy.failed };
    });
    expect(puts).toBe(0);
    expect(cropped).toBe(false);
    expect(failed).toBe(false);
  });

  it('reports a failed copy, so that the painter can fall back to drawImage', async () => {
    const failed = await page.evaluate(async () => {
      const { context } = window.canvas;
      const copy = new window.pixelCopy.PixelCopy();
      const frame = window.makeFrame(64, 32, 50, 50);
      const { copyTo } = VideoFrame.prototype;
      VideoFrame.prototype.copyTo = () => Promise.reject(new Error('no'));
      copy.paint(frame, context);
      await new Promise((resolve) => setTimeout(resolve, 50));
      VideoFrame.prototype.copyTo = copyTo;
      frame.close();
      return copy.failed;
    });
    expect(failed).toBe(true);
  });
});
