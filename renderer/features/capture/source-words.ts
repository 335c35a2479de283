import type { SourceKind } from '../../media/shared/source-types.ts';

/** Labels and hints for each kind of source. */
export const sourceTexts: Record<SourceKind, { label: string; hint: string }> = {
  camera: { label: 'Camera', hint: 'Your camera and microphone' },
  screen: { label: 'Screen', hint: 'The whole screen or one window' },
  file: { label: 'File', hint: 'A video or audio file' },
  test: { label: 'Test pattern', hint: 'For trying things out' },
};
