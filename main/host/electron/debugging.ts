/**
 * Command-line switches that let another program control the app. Chromium defines its switches in
 * `content_switches.cc` and `headless/app`; Node lists its own in its command-line documentation.
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

/** Also matches similar switches that future versions may add. */
const debuggingName = /^(inspect|debug-port$|remote-(debugging|allow)-)/;
const debuggingNodeOption = /(?:^|[\s"'])--?(?:inspect|debug-port)/;

/** The properties of a process that determine whether a debugger can attach to it. */
export interface ProcessFacts {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Whether a switch is set, either on the command line that Chromium has parsed or by this program. */
  hasSwitch(name: string): boolean;
  /** Whether Node's inspector is already listening. */
  inspecting: boolean;
}

/**
 * Returns the names of all switches and settings that enable a debugger, for an error message. A debugger
 * would give another program the app's access to the camera and the screen. Electron's fuses already disable
 * most of these switches, but not `--remote-debugging-port`.
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

/** Returns the name of a switch as Chromium parses it; null if the argument is not a switch. */
function switchName(arg: string, platform: NodeJS.Platform): string | null {
  const [, name] = (platform === 'win32' ? /^(?:--?|\/)([^=]+)/ : /^--?([^=]+)/).exec(arg) ?? [];
  if (name === undefined) return null;
  return platform === 'win32' ? name.toLowerCase() : name;
}
