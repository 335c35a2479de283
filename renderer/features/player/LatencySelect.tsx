import type { JSX } from 'react';
import { useApp, useSettings } from '../shared/context.ts';
import { useReadable } from '../shared/readable.ts';
import { LatencyChoice } from './LatencyChoice.tsx';

/** The delay behind live, as a setting. */
export function LatencySelect({ bare = false }: { bare?: boolean }): JSX.Element {
  const app = useApp();
  const settings = useSettings();
  const latency = useReadable(app.latencyOverride) ?? settings.latency;
  return (
    <LatencyChoice bare={bare} latency={latency} onChange={(next) => app.changeSettings({ latency: next })} />
  );
}
