import type { Page } from 'playwright-core';
import type { Run } from './app-run.ts';
import type { HostName, LabStage, Stage } from './stage.ts';

/** What the application's 720p rendition is given, in bit/s (renderer/media/publish/codecs.ts). */
const MAX_BPS = 2_500_000;
/**
 * What it takes the link for at first, in kbit/s. By itself it begins at 300, at which Chromium shrinks 720p to 180p,
 * and then takes half a minute to grow it again: no peer to measure oneself against.
 */
const START_KBPS = 1_000;

/**
 * The same picture over WebRTC between the same browsers. The bench is its signalling, which costs nothing here; a real
 * one takes a round trip to its server at least. `relay` is where each side finds the other when they cannot reach each
 * other.
 */
export async function runWebRtc(stage: Stage, relay: LabStage['udpRelay'] | null): Promise<Run> {
  const a = await stage.page('a');
  const b = await stage.page('b');
  const close = async () => {
    await a.context().close();
    await b.context().close();
  };
  try {
    await a.goto('http://localhost/');
    await b.goto('http://localhost/');
    await a.evaluate((maxBps) => window.benchPublisher.publish(maxBps), MAX_BPS);
    await waitForCamera(a);
    await a.evaluate(() => window.benchPublisher.reset());
    const askedMs = Date.now();
    await connect(a, b, relay);
    return { pages: { a, b }, askedMs, programs: [], details: () => details(a, b), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The application's camera is warm too when the viewer asks. */
async function waitForCamera(page: Page): Promise<void> {
  await page.waitForFunction(() => window.benchPublisher.made().frames > 30, undefined, { timeout: 20_000 });
}

async function connect(a: Page, b: Page, relay: LabStage['udpRelay'] | null): Promise<void> {
  const offer = await b.evaluate(() => {
    window.benchViewer.watch();
    return window.benchViewer.end?.offer() ?? '';
  });
  const answer = await a.evaluate(
    (sdp) => window.benchPublisher.end?.answer(sdp) ?? '',
    startingAt(routed(offer, 'a', relay), START_KBPS),
  );
  await b.evaluate((sdp) => window.benchViewer.end?.accept(sdp), routed(answer, 'b', relay));
}

/** A description as `reader` gets it: datagrams alone, and by way of the relay where there is one. */
export function routed(sdp: string, reader: HostName, relay: LabStage['udpRelay'] | null): string {
  const candidate = /^(a=candidate:\S+ \d+) (udp|tcp) (\d+) (\S+) (\d+) (.*)$/i;
  return sdp
    .split('\r\n')
    .flatMap((line) => {
      const [, head, protocol = '', priority, , , tail] = candidate.exec(line) ?? [];
      if (head === undefined) return [line];
      if (protocol.toLowerCase() !== 'udp') return [];
      if (!relay) return [line];
      const { address, port } = relay[reader];
      return [`${head} udp ${priority} ${address} ${port} ${tail}`];
    })
    .join('\r\n');
}

/** A viewer's description that lets the sender begin with this much: Chromium's own parameter. */
export function startingAt(sdp: string, kbps: number): string {
  return sdp.replace(/^(a=fmtp:\d+ .*packetization-mode.*)$/gm, `$1;x-google-start-bitrate=${kbps}`);
}

async function details(a: Page, b: Page): Promise<object> {
  const [codec, sent, received] = await Promise.all([
    b.evaluate(() => window.benchViewer.end?.codec() ?? null),
    a.evaluate(() => window.benchPublisher.end?.stats() ?? []),
    b.evaluate(() => window.benchViewer.end?.stats() ?? []),
  ]);
  const of = (reports: Record<string, unknown>[], type: string) =>
    reports.filter((report) => report.type === type);
  return { codec, outbound: of(sent, 'outbound-rtp'), inbound: of(received, 'inbound-rtp') };
}
