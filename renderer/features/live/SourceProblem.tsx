import type { JSX } from 'react';
import type { MediaProblem } from '../../media/shared/source-types.ts';
import { ProblemNotice } from '../capture/ProblemNotice.tsx';
import { Button } from '../shared/Button.tsx';
import { useReadable } from '../shared/readable.ts';
import { useLiveParts } from './live-context.ts';
import { type RecoveryAction, recoveryActions, recoveryLabels } from './recovery-actions.ts';

/**
 * A notice about a problem with the broadcast's source or devices, with recovery actions. `onChoose` opens
 * the pickers.
 */
export function SourceProblem({
  onChoose,
}: {
  onChoose(device: MediaProblem['device']): void;
}): JSX.Element | null {
  const { live, media, attempt } = useLiveParts();
  const { problem } = useReadable(live.publisher.state);
  const cameras = useReadable(media.devices.cameras);
  const microphones = useReadable(media.devices.microphones);
  if (!problem) return null;
  const devices = problem.device === 'camera' ? cameras : problem.device === 'microphone' ? microphones : [];
  // An unplugged device is no longer in the list, so it must not be subtracted.
  const others = Math.max(0, devices.length - (problem.fault === 'unplugged' ? 0 : 1));
  return (
    <ProblemNotice
      problem={problem}
      onDismiss={() => live.publisher.dismissProblem()}
      actions={recoveryActions(problem, others).map((action) => (
        <Button key={action} size="small" data-testid={`step-${action}`} onClick={() => run(action, problem)}>
          {recoveryLabels[action]}
        </Button>
      ))}
    />
  );

  function run(action: RecoveryAction, { device }: MediaProblem): void {
    switch (action) {
      case 'retry':
        live.sources.retry(device === 'microphone' ? 'audio' : 'video');
        break;
      case 'choose-screen':
        attempt(live.sources.selectScreen(), 'Could not select the screen');
        break;
      case 'test-pattern':
        live.sources.selectKind('test');
        break;
      case 'no-picture':
        live.continueWithoutVideo();
        break;
      case 'no-sound':
        live.publisher.dismissProblem();
        live.sources.selectAudio(false);
        break;
      case 'choose-other':
      case 'choose-file':
        onChoose(device);
        break;
    }
  }
}
