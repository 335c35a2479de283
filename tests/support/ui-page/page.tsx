import { createRoot } from 'react-dom/client';
import type { AppInfo, AppState } from '../../../common/bridge/bridge.ts';
import { settingsSchema } from '../../../common/bridge/bridge.ts';
import type { OwnWindowApi } from '../../../common/bridge/preload-api.ts';
import { App } from '../../../renderer/app/App.tsx';
import { AppModel } from '../../../renderer/app/app-model.ts';
import { FakeBridge } from './fake-bridge.ts';
import { FakeMedia } from './fake-media.ts';

/** Renders the window's components on fakes. Tests drive them through `window.harness`. */
export interface Harness {
  bridge: FakeBridge;
  media: FakeMedia;
  app: AppModel;
}

declare global {
  interface Window {
    harness: Harness;
    /** How the state differs from a fresh installation. Tests set this before the page loads. */
    harnessStart?: { info?: Partial<AppInfo>; state?: Partial<AppState>; electron?: boolean };
  }
}

/** Records the window's geometry in the document's data attributes. */
class FakeOwnWindow implements OwnWindowApi {
  bounds(): readonly number[] {
    return [100, 50, 1280, 800];
  }

  setBounds(...bounds: number[]): void {
    document.documentElement.dataset.bounds = bounds.join(' ');
  }

  keepOnTop(on: boolean): void {
    document.documentElement.dataset.onTop = String(on);
  }

  setOpacity(opacity: number): void {
    document.documentElement.dataset.opacity = String(opacity);
  }
}

async function start(): Promise<void> {
  const { info, state } = window.harnessStart ?? {};
  const bridge = new FakeBridge(
    {
      version: '0.1.0',
      host: 'browser',
      autostart: null,
      ownScreenPicker: false,
      rendition: 'auto',
      maxResolution: null,
      latencyMs: null,
      ...info,
    },
    {
      endpointId: '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
      irohRelay: 'online',
      broadcasts: [],
      pulls: [],
      callTicket: 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/call',
      calls: [],
      callWindow: null,
      waitingCalls: [],
      interruptedCall: null,
      ticketRequest: null,
      contacts: [],
      callHistory: [],
      connections: [],
      recents: [],
      settings: settingsSchema.parse({ broadcastName: 'hello' }),
      notices: [],
      ...state,
    },
  );
  const media = new FakeMedia();
  const app = await AppModel.open(bridge, media, window.harnessStart?.electron ? new FakeOwnWindow() : null);
  window.harness = { bridge, media, app };
  const root = document.getElementById('root');
  if (!root) throw new Error('no root');
  createRoot(root).render(<App app={app} />);
  app.boot();
}

void start();
