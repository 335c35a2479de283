import { type HelpNote, PROGRAM_NAME } from '../../base/cli-command.ts';

/** Sections that follow the options in the program's help text. */
export const programNotes: readonly HelpNote[] = [
  {
    title: 'Output with --json',
    text: `{"event":"ready","url":…,"endpointId":…}
{"event":"live","ticket":…,"name":…}
    when a broadcast starts, and again with a new ticket when its addresses change. The first ticket often lacks the
    iroh relay, which connects a moment later. With --autostart call, this includes the call ticket.
{"event":"ended","name":…}
{"event":"call","state":"dialing|ringing|active|ended","direction":"in|out","peer":…,"contact":…,"reason":…,
 "error":…,"message":…}
    whenever the state of a call changes. A call whose connection is lost is "dialing" until it is reconnected.
    contact: whether the peer is one of your contacts; message can contain a name that the peer claims
    reason: LocalClose, RemoteClose or TransportError, else null
    error:  ConnectionFailed, Rejected or Ended, else null
{"event":"path","peer":…,"kind":"direct|relayed","address":…,"rttMs":…}
    whenever the network path that carries the media changes
{"event":"rendition","peer":…,"from":…,"to":…,"reason":…}
    whenever the watched rendition changes. from, to: track names, null for none
{"event":"stats","peer":…,"use":"viewer|pull|call",…}
    with --stats
{"event":"ticket-request","ticket":…,"origin":"command-line|second-instance|link|drop"}
    a ticket is shown and waits for a click in the window; nothing has been sent
{"event":"error","message":…}
    with "ticket" if the error concerns a ticket or a text that is not a valid ticket
{"event":"handed-over","pid":…}
    if another instance uses the data folder; its window asks about the ticket
Without --json, stdout contains the window's address (browser host) and, with --autostart call, the call ticket.`,
  },
  {
    title: 'Default data folder',
    text: `Linux    $XDG_DATA_HOME/iroh-live-desktop, else ~/.local/share/iroh-live-desktop
macOS    ~/Library/Application Support/iroh-live-desktop
Windows  %APPDATA%\\iroh-live-desktop`,
  },
  {
    title: 'Environment',
    text: `IROH_LIVE_LOG                default of --log-level
ELECTRON_OVERRIDE_DIST_PATH  folder with an Electron program to use instead of the downloaded one`,
  },
  {
    title: 'Exit status',
    text: `0  ended as requested
1  an error, reported on stderr
2  invalid command line or ticket`,
  },
  {
    title: 'Running from a checkout',
    text: `npm start -- [options] [TICKET]
npm start -- relay [options]`,
  },
  {
    title: 'Examples',
    text: `${PROGRAM_NAME} --autostart test
${PROGRAM_NAME} --data-dir /tmp/anna --host browser --port 8080 --no-open --json
${PROGRAM_NAME} iroh-live:…/hello
${PROGRAM_NAME} --autostart call --auto-accept --json
${PROGRAM_NAME} --rendition video/h264-360p --latency-ms 200 iroh-live:…/hello
${PROGRAM_NAME} ticket iroh-live:…/hello --json`,
  },
];

/** Sections that follow the arguments in the help text of `completion`. */
export const completionNotes: readonly HelpNote[] = [
  {
    title: 'Setup',
    text: `bash  ${PROGRAM_NAME} completion bash > ~/.local/share/bash-completion/completions/${PROGRAM_NAME}
zsh   ${PROGRAM_NAME} completion zsh > "\${fpath[1]}/_${PROGRAM_NAME}"
fish  ${PROGRAM_NAME} completion fish > ~/.config/fish/completions/${PROGRAM_NAME}.fish`,
  },
];
