import type { JSX, ReactNode } from 'react';
import type { MediaProblem } from '../../media/shared/source-types.ts';
import { Notice } from '../shared/Notice.tsx';
import { problemTitle } from './problem-words.ts';

interface ProblemNoticeProps {
  problem: MediaProblem;
  onDismiss(): void;
  /** Buttons that may solve the problem. */
  actions?: ReactNode;
}

/** A notice about a problem with a source or device. */
export function ProblemNotice({ problem, onDismiss, actions }: ProblemNoticeProps): JSX.Element {
  return (
    <Notice tone="warning" title={problemTitle(problem)} onDismiss={onDismiss} actions={actions}>
      {problem.message}
    </Notice>
  );
}
