import type { JSX } from 'react';
import { ScreenHeading } from '../shared/ScreenHeading.tsx';
import { GoLiveScreen, useBroadcastName } from './GoLiveScreen.tsx';

/** The app's Go Live screen. */
export function GoLive(): JSX.Element {
  return (
    <GoLiveScreen
      heading={<ScreenHeading>Go live</ScreenHeading>}
      name={useBroadcastName()}
      nameHint="Your friends see this name."
    />
  );
}
