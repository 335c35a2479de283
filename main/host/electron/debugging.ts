/**
 * Names of switches with which another program can control the app. Chromium's are in `content_switches.cc` and
 * `headless/app`, Node's in its documentation of the command line.
 */
const debuggingSwitches = [
  'inspect',
  'inspect-brk',
  'inspect-brk-node',
  'inspect-port',
  'inspect-publish-uid',
  'inspect-wait',
  'debug-port',
  'remote-allow-origins',
  'remote-debugging-address',
  'remote-debugging-io-pipes',
  'remote-debugging-pipe',
  'remote-debugging-port',
  'remote-debugging-socket-name',
  'remote-debugging-targets',
] as const;

/** Also matches switches that future versions may add. */
const debuggingName = /^(inspect|debug-port$|remote-(debugging|allow)-)/;
const debuggingNodeOption = /(?:^|[\s"'])--?(?:inspect|debug-port)/;

/** The parts of a process that decide whether it can be debugged. */
export interface ProcessFacts {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Whether Chromium has parsed a switch of this name, or a part of this program has added one. */
  hasSwitch(name: string): boolean;
  /** Whether Node's inspector listens already. */
  inspecting: boolean;
}

/**
 * Returns everything that asks for a debugger, for an error message; empty if nothing does. An installed app has a
 * user's permission to use the camera and the screen, and a debugger would give it to another program. Electron's fuses
 * already switch off most of these ways, but not `--remote-debugging-port`.
 */
export function debuggingRequests({ argv, env, platform, hasSwitch, inspecting }: ProcessFacts): string[] {
  const end = argv.indexOf('--');
  const given = argv
    .slice(1, end === -1 ? undefined : end)
    .map((arg) => switchName(arg, platform))
    .filter((name): name is string => name !== null && debuggingName.test(name));
  const parsed = debuggingSwitches.filter(hasSwitch);
  const found = [...new Set([...given, ...parsed])].map((name) => `--${name}`);
  if (debuggingNodeOption.test(env.NODE_OPTIONS ?? '')) found.push('NODE_OPTIONS');
  if (inspecting && found.length === 0) found.push('the inspector');
  return found;
}

/** Returns the name of a switch as Chromium parses it; null if the argument is no switch. */
function switchName(arg: string, platform: NodeJS.Platform): string | null {
  const [, name] = (platform === 'win32' ? /^(?:--?|\/)([^=]+)/ : /^--?([^=]+)/).exec(arg) ?? [];
  if (name === undefined) return null;
  return platform === 'win32' ? name.toLowerCase() : name;
}
