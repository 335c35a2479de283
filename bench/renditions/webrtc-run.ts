import type { Page } from 'playwright-core';
import type { Run } from './app-run.ts';
import type { HostName, LabStage, Stage } from './stage.ts';

/** Bitrate of the application's 720p rendition, in bit/s (renderer/media/publish/codecs.ts). */
const MAX_BPS = 2_500_000;
/**
 * WebRTC's initial bandwidth estimate, in kbit/s. At the default of 300, Chromium starts at 180p and takes
 * half a minute to reach 720p, so the comparison would be unfair.
 */
const START_KBPS = 1_000;

/**
 * Sends the same video over WebRTC between the same browsers. Signaling takes no time here; a real signaling
 * server would add at least one round trip.
 *
 * @param relay the relay's addresses; null if there is a direct path
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

/**
 * Wait until the camera is running. In the application's run, too, the camera is running before the viewer
 * joins.
 */
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

/**
 * Prepares the session description for `reader`: keeps only the UDP candidates and redirects them to the
 * relay if there is one.
 */
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

/**
 * Adds the sender's initial bitrate to a viewer's session description, with a Chromium-specific parameter.
 */
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
