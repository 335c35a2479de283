import { MediaError } from '../shared/faults.ts';
import type { VideoSelection } from '../shared/types.ts';
import { openCamera, openScreen } from './device-sources.ts';
import { openFile } from './file-source.ts';
import type { Source } from './inputs.ts';
import { TestPattern } from './test-pattern.ts';

/**
 * Opens what was chosen, where pictures of `maxLines` may be sent. Throws MediaError; what arrives after `signal` was
 * aborted is closed again.
 */
export async function openSource(
  choice: VideoSelection,
  maxLines: number,
  signal: AbortSignal,
): Promise<Source> {
  signal.throwIfAborted();
  const source = await open(choice, maxLines);
  if (signal.aborted) {
    source.close();
    signal.throwIfAborted();
  }
  return source;
}

async function open(choice: VideoSelection, maxLines: number): Promise<Source> {
  switch (choice.kind) {
    case 'camera':
      return openCamera(choice.cameraId ?? null, maxLines);
    case 'screen':
      return openScreen();
    case 'file':
      if (!choice.file) throw new MediaError('file', 'missing');
      return openFile(choice.file);
    case 'test':
      return new TestPattern();
  }
}
