import { MediaError } from '../shared/media-error.ts';
import type { VideoSelection } from '../shared/source-types.ts';
import { openCamera, openScreen } from './device-sources.ts';
import { openFile } from './file-source.ts';
import type { Source } from './source.ts';
import { TestPattern } from './test-pattern.ts';

/**
 * Opens the selected source. If the signal aborts before the source is open, the source is closed again.
 *
 * @param maxLines maximum number of lines to send, from which the camera's resolution is chosen
 * @throws MediaError, or the signal's reason
 */
export async function openSource(
  selection: VideoSelection,
  maxLines: number,
  signal: AbortSignal,
): Promise<Source> {
  signal.throwIfAborted();
  const source = await open(selection, maxLines);
  if (signal.aborted) {
    source.close();
    signal.throwIfAborted();
  }
  return source;
}

async function open(selection: VideoSelection, maxLines: number): Promise<Source> {
  switch (selection.kind) {
    case 'camera':
      return openCamera(selection.cameraId ?? null, maxLines);
    case 'screen':
      return openScreen();
    case 'file':
      if (!selection.file) throw new MediaError('file', 'missing');
      return openFile(selection.file);
    case 'test':
      return new TestPattern();
  }
}
