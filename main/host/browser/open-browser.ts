import { spawn } from 'node:child_process';

/** Opens a URL in the system's default browser. Never throws: if opening fails, calls `onFailure`. */
export function openInBrowser(url: string, onFailure: (reason: string) => void): void {
  const command = openCommand(url);
  if (!command) {
    onFailure('there is no display');
    return;
  }
  const [program, args] = command;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.once('error', (error) => onFailure(error.message));
  child.once('exit', (code) => {
    if (code) onFailure(`${program} exited with status ${code}`);
  });
  child.unref();
}

/** Returns the program and arguments that open a URL; null if there is no display. */
function openCommand(url: string): [string, string[]] | null {
  if (process.platform === 'darwin') return ['open', [url]];
  // `start` cannot be used, because it is a built-in command of the Windows shell, which would interpret the `&` in
  // the URL.
  if (process.platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', url]];
  return process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? ['xdg-open', [url]] : null;
}
