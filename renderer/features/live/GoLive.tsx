import type { JSX } from 'react';
import { useAppState } from '../shared/context.ts';
import { Notice } from '../shared/Notice.tsx';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { GoLiveScreen, useBroadcastName } from './GoLiveScreen.tsx';
import { useLiveModel } from './live-context.ts';

/** The app's Go Live screen. */
export function GoLive(): JSX.Element {
  const name = useBroadcastName();
  const live = useLiveModel();
  // Re-renders the screen when the list of broadcasts changes.
  useAppState();
  const elsewhere = live.windows.isElsewhere(name.name);
  return (
    <GoLiveScreen
      heading={<ScreenHeading>Go live</ScreenHeading>}
      name={name}
      nameHint="Your friends see this name."
      {...(elsewhere ? { startLabel: 'Go live here instead', previewAtOnce: false } : {})}
    >
      {elsewhere ? (
        <div data-testid="live-elsewhere">
          <Notice tone="warning" title="Live in another window">
            You are live as “{name.name}” in another window. If you go live here, that window stops. To go
            live in both, choose another name.
          </Notice>
        </div>
      ) : null}
    </GoLiveScreen>
  );
}
