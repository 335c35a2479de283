import { testAccessibility } from '../../support/ui-page/accessibility-tests.ts';
import { peerScenarios } from '../../support/ui-page/scenarios/index.ts';

/** In a separate file, so that both files can run at the same time. */
testAccessibility(peerScenarios);
