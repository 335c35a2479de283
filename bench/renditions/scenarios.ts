/** The links that are compared on. Settings are netlab's, of the viewer's host: `down` is towards the viewer. */

/** A stretch of a scenario on an unchanged link. */
export interface Phase {
  name: string;
  settings: readonly string[];
  /** Part of the scenario's time, 0..1; all parts make 1. */
  share: number;
  /** Whether the best picture of the first phase fits here too: only then this phase is settled when it is back. */
  top: boolean;
}

export interface Scenario {
  name: string;
  title: string;
  /** Whether the two hosts reach each other through the relay alone. */
  relayed: boolean;
  /** How much longer than the usual time it takes: steps need room to settle. */
  stretch: number;
  phases: readonly [Phase, ...Phase[]];
}

/** What a link has unless a scenario says otherwise: no limit, and netlab's own queue of 200 ms. */
export const CLEAR_LINK: readonly string[] = ['rate=0', 'delay=0', 'jitter=0', 'loss=0', 'queue=200ms'];

export const scenarios: readonly Scenario[] = [
  steady('unlimited', 'unlimited', []),
  {
    name: 'step',
    title: '8 → 1 → 8 Mbit/s, 20 ms RTT',
    relayed: false,
    stretch: 1.6,
    phases: [
      { name: '8 Mbit/s', settings: ['delay=10ms', 'down.rate=8mbit'], share: 0.28, top: true },
      { name: '1 Mbit/s', settings: ['down.rate=1mbit'], share: 0.28, top: false },
      { name: '8 Mbit/s again', settings: ['down.rate=8mbit'], share: 0.44, top: true },
    ],
  },
  steady('loss2', '2 % loss, 50 ms RTT', ['delay=25ms', 'loss=2%']),
  steady('loss5', '5 % loss, 50 ms RTT', ['delay=25ms', 'loss=5%']),
  steady('rtt150', '150 ms RTT', ['delay=75ms']),
  // Less than the best picture needs, so that whoever does not notice the queue fills it.
  steady('bufferbloat', '2 Mbit/s, 300 ms of queue, 20 ms RTT', [
    'delay=10ms',
    'down.rate=2mbit',
    'down.queue=300ms',
  ]),
  { ...steady('relayed', 'relayed', []), relayed: true },
];

function steady(name: string, title: string, settings: readonly string[]): Scenario {
  return {
    name,
    title,
    relayed: false,
    stretch: 1,
    phases: [{ name: title, settings, share: 1, top: true }],
  };
}

/**
 * The scenarios of these names, in the order of the list; all where none is named.
 *
 * @throws Error for a name that there is not
 */
export function chosenScenarios(names: readonly string[]): readonly Scenario[] {
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `there is no scenario "${unknown}": ${scenarios.map((scenario) => scenario.name).join(', ')}`,
    );
  }
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name));
}
