import type { MediaProblem } from '../../media/shared/source-types.ts';

/** An action that might solve a problem with a source or device. */
export type RecoveryAction =
  | 'retry'
  | 'choose-other'
  | 'choose-screen'
  | 'choose-file'
  | 'test-pattern'
  | 'no-picture'
  | 'no-sound';

/**
 * The actions that might solve a problem, most promising first. `others` is the number of other devices of
 * the same kind.
 */
export function recoveryActions(
  problem: Pick<MediaProblem, 'device' | 'fault'>,
  others: number,
): readonly RecoveryAction[] {
  const other: readonly RecoveryAction[] = others > 0 ? ['choose-other'] : [];
  switch (problem.device) {
    case 'camera':
      // A retry cannot succeed while the camera is unplugged, so it is omitted if another camera is
      // available.
      return problem.fault === 'unplugged' && others > 0
        ? ['choose-other', 'no-picture', 'test-pattern']
        : ['retry', ...other, 'no-picture', 'test-pattern'];
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

/** Button labels for the recovery actions. */
export const recoveryLabels: Record<RecoveryAction, string> = {
  retry: 'Try again',
  'choose-other': 'Choose another',
  'choose-screen': 'Choose a screen',
  'choose-file': 'Choose another file',
  'test-pattern': 'Use the test pattern',
  'no-picture': 'Continue with audio only',
  'no-sound': 'Continue without sound',
};
