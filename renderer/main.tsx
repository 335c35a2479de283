import { createRoot } from 'react-dom/client';
import { messageOf } from '../common/base/errors.ts';
import { App } from './app/App.tsx';
import { AppModel } from './app/app-model.ts';
import { StartFailure } from './app/StartFailure.tsx';
import { connectBridge } from './bridge/index.ts';
import { findOwnWindow } from './bridge/own-window.ts';
import { createMedia } from './media/create-media.ts';

async function start(): Promise<void> {
  const element = document.getElementById('root');
  if (!element) throw new Error('The page has no root element.');
  const root = createRoot(element);
  try {
    const bridge = await connectBridge();
    const media = createMedia(bridge);
    const app = await AppModel.open(bridge, media, findOwnWindow());
    addEventListener('unhandledrejection', (event) => app.reportFault(messageOf(event.reason)));
    addEventListener('error', (event) => app.reportFault(event.message));
    root.render(<App app={app} />);
    app.boot();
  } catch (error) {
    root.render(<StartFailure message={messageOf(error)} />);
  }
}

void start();
