import type { Scenario } from '../scenario.ts';
import { callScenarios } from './call.ts';
import { goLiveScenarios } from './go-live.ts';
import { homeScenarios } from './home.ts';
import { liveScenarios } from './live.ts';
import { settingsScenarios } from './settings.ts';
import { ticketScenarios } from './ticket.ts';
import { watchScenarios } from './watch.ts';

/** Every window screen in every state that is tested and photographed. */
export const scenarios: readonly Scenario[] = [
  ...homeScenarios,
  ...goLiveScenarios,
  ...liveScenarios,
  ...watchScenarios,
  ...callScenarios,
  ...ticketScenarios,
  ...settingsScenarios,
];
