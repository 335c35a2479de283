import type { SourceKind } from '../../media/shared/types.ts';

/** How the kinds of sources are offered. */
export const sourceTexts: Record<SourceKind, { label: string; hint: string }> = {
  camera: { label: 'Camera', hint: 'You, or what is in front of you' },
  screen: { label: 'Screen', hint: 'Everything, or one window' },
  file: { label: 'File', hint: 'A video or sound from this computer' },
  test: { label: 'Test pattern', hint: 'To try things out' },
};
