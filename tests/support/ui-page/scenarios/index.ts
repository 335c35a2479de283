import type { Scenario } from '../scenario.ts';
import { callScenarios } from './call.ts';
import { goLiveScenarios } from './go-live.ts';
import { homeScenarios } from './home.ts';
import { liveScenarios } from './live.ts';
import { settingsScenarios } from './settings.ts';
import { ticketScenarios } from './ticket.ts';
import { watchScenarios } from './watch.ts';

/** The screens for settings and for the user's own broadcast. */
export const ownScenarios: readonly Scenario[] = [
  ...homeScenarios,
  ...goLiveScenarios,
  ...liveScenarios,
  ...settingsScenarios,
];

/** The screens for other people's broadcasts and for calls. */
export const peerScenarios: readonly Scenario[] = [...watchScenarios, ...callScenarios, ...ticketScenarios];

/** Every window screen in every state that is tested and photographed. */
export const scenarios: readonly Scenario[] = [...ownScenarios, ...peerScenarios];
