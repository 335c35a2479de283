import { testAccessibility } from '../../support/ui-page/accessibility-tests.ts';
import { ownScenarios } from '../../support/ui-page/scenarios/index.ts';

testAccessibility(ownScenarios);
