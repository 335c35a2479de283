import { connectBridge } from '../../renderer/bridge/index.ts';

/** The page for the Electron shell tests. It only exposes the bridge to the test. */
Object.assign(window, { bridge: await connectBridge() });
document.title = 'shell test';
