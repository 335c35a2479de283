/** A part of a scenario during which the network does not change. */
export interface Phase {
  name: string;
  /** netlab settings for the viewer's host. `down` is the direction to the viewer. */
  settings: readonly string[];
  /** Share of the scenario's duration. All shares add up to 1. */
  share: number;
  /**
   * Whether the first phase's largest rendition also fits this phase's network. If so, the phase counts as
   * settled only once that rendition is shown.
   */
  top: boolean;
}

/** A network on which the bench compares the application with WebRTC. */
export interface Scenario {
  name: string;
  title: string;
  /** Whether the two hosts can reach each other only through the relay. */
  relayed: boolean;
  /** Multiplier of the duration. Scenarios with network changes need time to settle. */
  stretch: number;
  phases: readonly [Phase, ...Phase[]];
}

/** Default network settings: no bandwidth limit, no impairment, and a queue of 200 ms. */
export const CLEAR_NETWORK: readonly string[] = ['rate=0', 'delay=0', 'jitter=0', 'loss=0', 'queue=200ms'];

/** All scenarios. */
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
  // The capacity is lower than the largest rendition needs, so a sender that does not detect the congestion
  // fills the queue.
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
 * Returns the scenarios with these names, in the order of `scenarios`. Without names, returns all of them.
 *
 * @throws Error if a name is unknown
 */
export function chosenScenarios(names: readonly string[]): readonly Scenario[] {
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `unknown scenario "${unknown}"; choose from ${scenarios.map((scenario) => scenario.name).join(', ')}`,
    );
  }
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name));
}
