import { connectBridge } from '../../renderer/bridge/index.ts';

/** The page of the Electron shell's tests: it exposes the bridge to the test, and does nothing else. */
Object.assign(window, { bridge: await connectBridge() });
document.title = 'shell test';
