import { connectBridge } from '../../renderer/bridge/index.ts';

/** The page of tests of the shell: nothing but the bridge, within a test's reach. */
Object.assign(window, { bridge: await connectBridge() });
document.title = 'shell test';
