import type { PathState } from '../../common/bridge/bridge.ts';
import type { PathCounters } from './path-deltas.ts';

/** What changed between two looks at a connection's paths. */
export type PathChange =
  | { kind: 'opened'; path: PathState }
  | { kind: 'closed'; path: PathState }
  /** Another address carries the data; `before` is undefined when none did. */
  | { kind: 'selected'; path: PathState; before: PathState | undefined };

/** In the order in which they make sense: opened, selected, closed. A path is known by its id. */
export function pathChanges(before: readonly PathCounters[], after: readonly PathCounters[]): PathChange[] {
  const had = new Set(before.map(({ id }) => id));
  const has = new Set(after.map(({ id }) => id));
  const opened = after.filter(({ id }) => !had.has(id)).map((path) => change('opened', path));
  const closed = before.filter(({ id }) => !has.has(id)).map((path) => change('closed', path));
  const was = before.find(({ selected }) => selected);
  const now = after.find(({ selected }) => selected);
  const selected: PathChange[] =
    now && (now.kind !== was?.kind || now.address !== was.address)
      ? [{ kind: 'selected', path: pathState(now), before: was && pathState(was) }]
      : [];
  return [...opened, ...selected, ...closed];
}

/** The part of a path that the window and scripts are told. */
export function pathState({ kind, address, rttMs, selected }: PathCounters): PathState {
  return { kind, address, rttMs, selected };
}

function change(kind: 'opened' | 'closed', path: PathCounters): PathChange {
  return { kind, path: pathState(path) };
}
