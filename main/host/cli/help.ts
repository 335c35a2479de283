import { LONGEST_LATENCY_MS } from '../../../common/bridge/bridge.ts';
import { defaultDataDir } from '../../base/paths.ts';

/** The text of `--help`. */
export function helpText(version: string): string {
  return `Iroh Live ${version}: live video from one person to another, with no account and no media server.

Usage
  npm start                                  open the window
  npm start -- [options] [TICKET]            open the window, and watch or call TICKET at once
  npm start -- ticket TICKET [--json]        show what is in a ticket, and exit
  npm start -- relay [options]               let browsers watch tickets through this machine; see relay --help

TICKET is what somebody has sent you: iroh-live:…/name, with or without the scheme. One with the name
"call" is a call ticket: its owner is called.

Options
  --data-dir DIR           Where the identity, the settings and the tickets watched lately are kept.
                           Each folder is a person of its own: instances with different folders run
                           side by side; a second start with the same folder hands its ticket over.
                           Default here: ${defaultDataDir()}
  --host electron|browser  electron: a window of its own. browser: the same window, served on
                           127.0.0.1 and opened in your browser.
                           Default: electron where its program and a display are there, else browser.
  --port N                 Browser host: the port on 127.0.0.1, 0 to 65535. Default: 0, any free one.
  --no-open                Browser host: print the address, do not open it.
  --iroh-bind ADDR:PORT    The UDP address that iroh listens on, such as 0.0.0.0:4500 or [::1]:0.
                           One of loopback listens on loopback of the other IP version too.
                           Default: any free port on all addresses.
  --iroh-relay URL|default|disabled
                           The iroh relay, which passes sealed packets where no direct path is found.
                           default: the public ones. disabled: direct paths only. Default: default.
  --autostart test|camera|screen|call
                           Go live with this source as soon as the window opens; call: print a call
                           ticket, and wait for calls.
  --auto-accept            Let every caller in at once, with picture and sound, without ringing.
  --rendition auto|NAME    What to watch: auto takes the best picture that the link and the view can use;
                           NAME is one of those on offer, such as video/h264-720p (auto while it is
                           not on offer). Default: auto.
  --max-resolution 180p|360p|720p|1080p
                           Neither send nor watch a larger picture. Default: as in the settings.
  --latency-ms N           Hold what is watched back for N milliseconds, 0 to ${LONGEST_LATENCY_MS}, against an uneven
                           network. Default: as in the settings.
  --json                   One JSON object a line on stdout and nothing else there:
                             {"event":"ready","url":…,"endpointId":…}
                             {"event":"live","ticket":…,"name":…}
                             {"event":"ended","name":…}
                             {"event":"call","state":"dialing|ringing|active|ended",
                              "direction":"in|out","peer":…,"reason":…,"error":…,"message":…}
                              at every change of a call; one that was lost is dialing again until it
                              is back; reason: LocalClose, RemoteClose or TransportError;
                              error: ConnectionFailed, Rejected or Ended; else null
                             {"event":"path","peer":…,"kind":"direct|relayed","address":…,"rttMs":…}
                              at every change of the path that carries the data
                             {"event":"rendition","peer":…,"from":…,"to":…,"reason":…}
                              at every change of the picture watched: track names, null for none
                             {"event":"stats","peer":…,"use":"viewer|pull|call",…} with --stats
                             {"event":"error","message":…} with "ticket" where it is about one
                             {"event":"handed-over","pid":…} to the instance that has the folder
                           Without it stdout has the address of the window (browser host), and with
                           --autostart call the call ticket.
  --stats                  With --json: one object a second and peer, with round trip, path, loss
                           (lossPercent of the second, lossRate of 0.2 s), upMbps, downMbps,
                           availableBps, congestionEvents and number of paths.
  --log-level LEVEL        error, warn, info or debug, on stderr. Default: info, or $IROH_LIVE_LOG.
  --help, -h               This text.
  --version                The version.

Environment
  IROH_LIVE_LOG                The default of --log-level.
  ELECTRON_OVERRIDE_DIST_PATH  A folder with Electron's program, to be used instead of the downloaded one.

Exit status
  0 ended as asked, 1 something went wrong (said on stderr), 2 the command line is wrong.

Examples
  npm start -- --autostart test
  npm start -- --data-dir /tmp/anna --host browser --port 8080 --no-open --json
  npm start -- iroh-live:…/hello
  npm start -- --autostart call --auto-accept --json
  npm start -- --rendition video/h264-360p --latency-ms 200 iroh-live:…/hello
  npm start -- ticket iroh-live:…/hello --json
`;
}
