import { sleep } from '../../tests/support/wait.ts';
import type { Run } from './app-run.ts';
import { spentSeconds } from './processor-time.ts';
import type { Recording, Step } from './recording.ts';
import { CLEAR_NETWORK, type Scenario } from './scenarios.ts';
import type { HostName, LabStage } from './stage.ts';

/** Results for one scenario and one system. */
export interface Measurement {
  recording: Recording;
  /** Mean bitrate to the viewer, in bit/s. */
  downBps: number;
  /** CPU use of each host, where 1 is one full core. */
  processor: Record<HostName, number>;
  details: object;
}

/** Configures the network, starts the run on it, and steps through the scenario's phases. */
export async function record(
  stage: LabStage,
  scenario: Scenario,
  seconds: number,
  start: () => Promise<Run>,
): Promise<Measurement> {
  await stage.setRelayed(scenario.relayed);
  await stage.setNetwork([...CLEAR_NETWORK, ...scenario.phases[0].settings]);
  const run = await start();
  try {
    const bytesBefore = await stage.bytesDown();
    const times = () => Promise.all([stage.processorTimes('a'), stage.processorTimes('b')]);
    const [beforeA, beforeB] = await times();
    const beginMs = Date.now();
    const steps: Step[] = [];
    for (const phase of scenario.phases) {
      await stage.setNetwork(phase.settings);
      steps.push({ atMs: Date.now(), name: phase.name, top: phase.top });
      await sleep(phase.share * scenario.stretch * seconds * 1_000);
    }
    const endMs = Date.now();
    const bytes = (await stage.bytesDown()) - bytesBefore;
    const forSeconds = (endMs - beginMs) / 1_000;
    const [afterA, afterB] = await times();
    return {
      processor: {
        a: spentSeconds(beforeA, afterA) / forSeconds,
        b: spentSeconds(beforeB, afterB) / forSeconds,
      },
      recording: { askedMs: run.askedMs, endMs, steps, ...(await collect(run)) },
      downBps: (bytes * 8) / forSeconds,
      details: await run.details(),
    };
  } finally {
    await run.close();
  }
}

/** Returns the data that the two pages recorded. */
export async function collect({ pages }: Run): Promise<Pick<Recording, 'seen' | 'made'>> {
  const [seen, made] = await Promise.all([
    pages.b.evaluate(() => window.benchViewer.seen()),
    pages.a.evaluate(() => window.benchPublisher.made()),
  ]);
  return { seen, made };
}
