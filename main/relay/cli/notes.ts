import type { HelpNote } from '../../base/cli-command.ts';

/** Sections after the options in the help text of `relay`. */
export const relayNotes: readonly HelpNote[] = [
  {
    title: 'Output with --json',
    text: `{"event":"ready","http":URL,"webTransport":URL|null,"endpointId":…}
{"event":"pull","ticket":…,"state":"connecting|live|failed|released","readers":N,"message":…}
{"event":"error","message":…}`,
  },
  {
    title: 'Environment',
    text: `Each option can also be set by a variable, such as IROH_LIVE_RELAY_METRICS_BIND for --metrics-bind. The value
of a flag is true or false, and the values of a repeatable option are separated by commas. The variable
of --data-dir is IROH_LIVE_RELAY_DATA.`,
  },
  {
    title: 'Signals',
    text: `SIGHUP            read keys and certificates again
SIGINT, SIGTERM   close all sessions and exit`,
  },
  {
    title: 'Addresses served',
    text: `/, /?name=TICKET      the viewer page
/publish              the publish page
/embed?name=TICKET    the viewer alone, for iframes
/healthz              200 while the relay is up
/relay.json           properties of the relay, and what a token allows
any path              MoQ over WebTransport and WebSocket, as on a moq-relay`,
  },
  {
    title: 'Exit status',
    text: `0  ended by a signal
1  an error, reported on stderr
2  invalid command line or configuration file`,
  },
];

/** Sections after the commands in the help text of `relay token`. */
export const tokenNotes: readonly HelpNote[] = [
  {
    title: 'Examples',
    text: `iroh-live-desktop relay token key --out relay.key
iroh-live-desktop relay token public --key relay.key --out relay.pub
iroh-live-desktop relay token sign --key relay.key --root rooms/one --get '' --expires-in 12h
iroh-live-desktop relay token verify --key relay.pub TOKEN`,
  },
  {
    title: 'Use',
    text: `Tokens control access to a relay that runs with --auth-key; for verifying them, the public key is enough.
A token is passed as ?jwt= in the URL: https://relay.example:4443/publish?jwt=TOKEN`,
  },
];
