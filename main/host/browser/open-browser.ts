import { spawn } from 'node:child_process';

/** What opens an address in the system's browser, or null where there is no display to open it on. */
function command(url: string): [string, string[]] | null {
  if (process.platform === 'darwin') return ['open', [url]];
  // Not `start`, which is a command of the shell and would read the address's `&` as its own.
  if (process.platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', url]];
  return process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? ['xdg-open', [url]] : null;
}

/** Opens the address; where that cannot be done it says so to `onFailure` and nothing else happens. */
export function openInBrowser(url: string, onFailure: (reason: string) => void): void {
  const found = command(url);
  if (!found) {
    onFailure('there is no display');
    return;
  }
  const [program, args] = found;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.once('error', (error) => onFailure(error.message));
  child.once('exit', (code) => {
    if (code) onFailure(`${program} ended with status ${code}`);
  });
  child.unref();
}
