import type { MediaProblem } from '../../media/shared/types.ts';

/** What a person can do next about a problem. */
export type ProblemStep =
  | 'retry'
  | 'choose-other'
  | 'choose-screen'
  | 'choose-file'
  | 'test-pattern'
  | 'no-sound';

/** The next steps for a problem, the most promising first. `others` counts the other devices of its kind. */
export function stepsFor(
  problem: Pick<MediaProblem, 'device' | 'fault'>,
  others: number,
): readonly ProblemStep[] {
  const other: readonly ProblemStep[] = others > 0 ? ['choose-other'] : [];
  switch (problem.device) {
    case 'camera':
      // Trying again cannot bring back a device that is not there; plugging it in does that by itself.
      return problem.fault === 'unplugged' && others > 0
        ? ['choose-other', 'test-pattern']
        : ['retry', ...other, 'test-pattern'];
    case 'microphone':
      return ['retry', ...other, 'no-sound'];
    case 'screen':
      return ['choose-screen', 'test-pattern'];
    case 'file':
      return ['choose-file', 'test-pattern'];
    case 'encoder':
      return ['retry', 'test-pattern'];
  }
}

/** The buttons' labels. */
export const stepLabels: Record<ProblemStep, string> = {
  retry: 'Try again',
  'choose-other': 'Choose another',
  'choose-screen': 'Choose a screen',
  'choose-file': 'Choose another file',
  'test-pattern': 'Use the test pattern',
  'no-sound': 'Go on without sound',
};
