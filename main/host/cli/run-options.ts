import type { Resolution } from '../../../common/bridge/renditions.ts';
import type { LogLevel } from '../../base/log.ts';

/** Values of `--host`. */
export const hostNames = ['electron', 'browser'] as const;
/** A value of `--host`. */
export type HostName = (typeof hostNames)[number];

/** Values of `--autostart`: a source to go live with, or `call` to wait for calls. */
export const autostartSources = ['test', 'camera', 'screen', 'call'] as const;
/** A value of `--autostart`. */
export type AutostartSource = (typeof autostartSources)[number];

/** Shells for which a completion script can be generated. */
export const shells = ['bash', 'zsh', 'fish'] as const;
/** A shell for which a completion script can be generated. */
export type ShellName = (typeof shells)[number];

/** The validated options of a command line that opens the window. */
export interface RunOptions {
  /** An absolute path. */
  dataDir: string;
  /** The host; null means Electron if it is available, and the browser otherwise. */
  host: HostName | null;
  /** TCP port of the browser host on 127.0.0.1; 0 means any free port. */
  port: number;
  /** Whether the browser host opens its page in the system's default browser. */
  open: boolean;
  /** `ADDR:PORT`, with IPv6 addresses in brackets. Undefined means any free port on all addresses. */
  irohBind: string | undefined;
  /** `default`, `disabled`, or an http(s) URL. */
  irohRelay: string;
  autostart: AutostartSource | null;
  /** Whether to accept calls without ringing. */
  autoAccept: boolean;
  /** Whether only contacts can ring; false means that the user's setting applies. */
  onlyContacts: boolean;
  /** Whether viewers may list all live broadcasts. If not, they must request each one by name. */
  listBroadcasts: boolean;
  /** The rendition that players select initially: `auto` or a track name. */
  rendition: string;
  /** Maximum resolution of sent and watched video; null means that the user's setting applies. */
  maxResolution: Resolution | null;
  /** The players' jitter buffer, in milliseconds; null means that the user's setting applies. */
  latencyMs: number | null;
  json: boolean;
  /** Whether to print `stats` events, one per second for each peer. */
  stats: boolean;
  logLevel: LogLevel;
  /** The ticket as given on the command line, not yet parsed. */
  ticket: string | null;
}
