import type { JSX } from 'react';
import type { MediaProblem, Publisher } from '../../media/shared/types.ts';
import { Button } from '../shared/Button.tsx';
import { useLiveParts } from '../shared/context.ts';
import { Notice } from '../shared/Notice.tsx';
import { useReadable } from '../shared/readable.ts';
import { problemTitle, stepWords } from '../shared/words.ts';
import { type ProblemStep, stepsFor } from './problem-steps.ts';

/**
 * A problem with a source or a device, in words, with the next steps as buttons. `onChoose` leads to the pickers; that
 * of a call's publisher has none.
 */
export function ProblemNotice(
  props:
    | { onChoose(device: MediaProblem['device']): void; publisher?: never }
    | { publisher: Publisher; onChoose?: never },
): JSX.Element | null {
  const app = useLiveParts();
  const publisher = props.publisher ?? app.live.publisher;
  const { problem } = useReadable(publisher.state);
  const cameras = useReadable(app.media.devices.cameras);
  const microphones = useReadable(app.media.devices.microphones);
  if (!problem) return null;
  const devices = problem.device === 'camera' ? cameras : problem.device === 'microphone' ? microphones : [];
  // In a call the row of buttons below is where to go on.
  const steps = props.publisher
    ? []
    : stepsFor(problem, Math.max(0, devices.length - (problem.fault === 'unplugged' ? 0 : 1)));
  return (
    <Notice
      tone="warning"
      title={problemTitle(problem)}
      onDismiss={() => publisher.dismissProblem()}
      actions={steps.map((step) => (
        <Button key={step} size="small" data-testid={`step-${step}`} onClick={() => take(step, problem)}>
          {stepWords[step]}
        </Button>
      ))}
    >
      {problem.message}
    </Notice>
  );

  function take(step: ProblemStep, about: MediaProblem): void {
    switch (step) {
      case 'retry':
        app.live.sources.retry(about.device === 'microphone' ? 'sound' : 'picture');
        break;
      case 'choose-screen':
        app.attempt(app.live.sources.selectScreen(), 'The screen could not be chosen');
        break;
      case 'test-pattern':
        app.live.sources.selectKind('test');
        break;
      case 'no-sound':
        app.live.publisher.dismissProblem();
        app.live.sources.selectSound(false);
        break;
      case 'choose-other':
      case 'choose-file':
        props.onChoose?.(about.device);
        break;
    }
  }
}
