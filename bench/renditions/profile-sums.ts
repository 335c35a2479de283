/** V8's profile format, as written by `--cpu-prof` and the Profiler domain of the DevTools protocol. */
export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  samples?: number[];
  timeDeltas?: number[];
  /** In microseconds, like all times in the profile. */
  startTime: number;
  endTime: number;
}

/** Time spent in one function. */
export interface FunctionTime {
  name: string;
  /** Share of the profile's time spent in the function itself, 0..1. */
  self: number;
  /** Share of the profile's time spent in the function and all its callees, 0..1. */
  total: number;
}

/** Returns the functions in a profile, sorted by self time in descending order. */
export function functionTimes(profile: CpuProfile): FunctionTime[] {
  const spanUs = profile.endTime - profile.startTime;
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const selfUs = new Map<number, number>();
  for (const [i, id] of (profile.samples ?? []).entries()) {
    selfUs.set(id, (selfUs.get(id) ?? 0) + (profile.timeDeltas?.[i] ?? 0));
  }
  const sums = new Map<string, { self: number; total: number }>();
  const of = (name: string) => {
    const sum = sums.get(name) ?? { self: 0, total: 0 };
    sums.set(name, sum);
    return sum;
  };
  /** `above` contains the callers, and is used to avoid counting a recursive function twice. */
  const visit = (id: number, above: ReadonlySet<string>): number => {
    const node = byId.get(id);
    if (!node) return 0;
    const name = nameOf(node.callFrame);
    const within = above.has(name) ? above : new Set([...above, name]);
    const own = selfUs.get(id) ?? 0;
    const below = (node.children ?? []).reduce((sum, child) => sum + visit(child, within), 0);
    of(name).self += own;
    if (!above.has(name)) of(name).total += own + below;
    return own + below;
  };
  const [root] = profile.nodes;
  if (root) visit(root.id, new Set());
  return [...sums]
    .map(([name, { self, total }]) => ({ name, self: self / spanUs, total: total / spanUs }))
    .sort((a, b) => b.self - a.self);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const file = url.split('/').at(-1) ?? '';
  return `${functionName || '(anonymous)'}${file ? ` ${file}:${lineNumber + 1}` : ''}`;
}
