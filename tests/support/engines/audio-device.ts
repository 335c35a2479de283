import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newDataDir } from '../app-process.ts';
import { isInstalled, type Program, run } from '../processes.ts';
import { waitFor } from '../wait.ts';

/** Whether `openAudioDevice` can provide a sound card. */
export function hasAudioDevice(): boolean {
  return isInstalled('pulseaudio');
}

/**
 * Starts a sound server with a virtual sound card, because audio contexts never run in Firefox without one.
 * Does not interfere with the user's own sound server.
 * @returns the environment variables for the browser, and the server's program
 */
export async function openAudioDevice(): Promise<{ env: NodeJS.ProcessEnv; program: Program }> {
  const folder = newDataDir();
  const socket = join(folder, 'native');
  const flags = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--disable-shm=yes', '--use-pid-file=no'];
  const modules = ['module-null-sink', `module-native-protocol-unix socket=${socket} auth-anonymous=1`];
  const program = run('pulseaudio', [...flags, ...modules.map((module) => `--load=${module}`)], {
    env: { HOME: folder, XDG_RUNTIME_DIR: folder },
  });
  await waitFor('the sound server', () => {
    if (program.child.exitCode !== null) throw new Error(program.stderr());
    return existsSync(socket);
  });
  return { env: { PULSE_SERVER: `unix:${socket}` }, program };
}
