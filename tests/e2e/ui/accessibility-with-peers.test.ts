import { testAccessibility } from '../../support/ui-page/accessibility-tests.ts';
import { peerScenarios } from '../../support/ui-page/scenarios/index.ts';

/** These tests are in a separate file, so that they can run at the same time as accessibility.test.ts. */
testAccessibility(peerScenarios);
