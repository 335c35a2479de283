import type { JSX } from 'react';
import type { Settings } from '../../../common/bridge/bridge.ts';
import { Select } from '../shared/Field.tsx';

const latencyChoices: readonly { value: Settings['latency']; label: string; short: string }[] = [
  { value: 'real-time', label: 'As low as possible', short: 'Lowest' },
  { value: 100, label: '100 ms', short: '100 ms' },
  { value: 300, label: '300 ms', short: '300 ms' },
  { value: 1000, label: '1 second', short: '1 s' },
  { value: 3000, label: '3 seconds', short: '3 s' },
];

interface LatencySelectProps {
  latency: Settings['latency'];
  /** Whether to use a short label and short choices that fit into a control bar. */
  bare?: boolean;
  onChange(latency: Settings['latency']): void;
}

/** A drop-down list for the playback delay. */
export function LatencySelect({ latency, bare = false, onChange }: LatencySelectProps): JSX.Element {
  // A delay from the command line might be missing from the list.
  const listed = latencyChoices.some((choice) => choice.value === latency);
  const choices = listed
    ? latencyChoices
    : [...latencyChoices, { value: latency, label: `${latency} ms`, short: `${latency} ms` }];
  return (
    <Select
      label={bare ? 'Delay' : 'Playback delay'}
      value={String(latency)}
      choices={choices.map((choice) => ({
        value: String(choice.value),
        label: bare ? choice.short : choice.label,
      }))}
      onChange={(value) => onChange(value === 'real-time' ? value : Number(value))}
    />
  );
}
