import type { NetworkPathState } from '../../common/bridge/bridge.ts';
import type { NetworkPathCounters } from './connection-delta.ts';

/** A difference between two samples of a connection's paths. */
export type NetworkPathChange =
  | { kind: 'opened'; path: NetworkPathState }
  | { kind: 'closed'; path: NetworkPathState }
  /** The data now uses another address. `before` is the path that was selected last; undefined at first. */
  | { kind: 'selected'; path: NetworkPathState; before: NetworkPathState | undefined };

/**
 * Returns the changes from one sample to the next: first the opened paths, then the selected path, then the
 * closed paths.
 *
 * @param selectedBefore the path that was selected last. Sometimes iroh reports no selected path for a moment, for
 *   example while a peer does not respond, so no path in `before` may be selected.
 */
export function networkPathChanges(
  before: readonly NetworkPathCounters[],
  after: readonly NetworkPathCounters[],
  selectedBefore: NetworkPathCounters | undefined,
): NetworkPathChange[] {
  const idsBefore = new Set(before.map(({ id }) => id));
  const idsAfter = new Set(after.map(({ id }) => id));
  const opened = after.filter(({ id }) => !idsBefore.has(id)).map((path) => change('opened', path));
  const closed = before.filter(({ id }) => !idsAfter.has(id)).map((path) => change('closed', path));
  const selectedAfter = after.find(({ selected }) => selected);
  const selected: NetworkPathChange[] =
    selectedAfter &&
    (selectedAfter.kind !== selectedBefore?.kind || selectedAfter.address !== selectedBefore.address)
      ? [
          {
            kind: 'selected',
            path: networkPathState(selectedAfter),
            before: selectedBefore && networkPathState(selectedBefore),
          },
        ]
      : [];
  return [...opened, ...selected, ...closed];
}

/** Returns a path without its counters, as it is sent to the window and printed by `--json`. */
export function networkPathState({ kind, address, rttMs, selected }: NetworkPathCounters): NetworkPathState {
  return { kind, address, rttMs, selected };
}

function change(kind: 'opened' | 'closed', path: NetworkPathCounters): NetworkPathChange {
  return { kind, path: networkPathState(path) };
}
