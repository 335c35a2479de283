import RetryIcon from 'lucide-react/icons/rotate-cw';
import '../styles/base.css';

import type { JSX } from 'react';
import { Button } from '../features/shared/Button.tsx';
import { Logo } from '../features/shared/Logo.tsx';
import './start-failure.css';

/** Shown in place of the app if main cannot be reached at startup. */
export function StartFailure({ message }: { message: string }): JSX.Element {
  return (
    <main className="start-failure">
      <Logo size={56} />
      <h1>The app could not start</h1>
      <p>{message}</p>
      <Button variant="primary" size="large" icon={RetryIcon} onClick={() => location.reload()}>
        Try again
      </Button>
    </main>
  );
}
