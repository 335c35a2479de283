import type { MediaProblem } from '../../media/shared/source-types.ts';

const problemTitles: Record<MediaProblem['device'], string> = {
  camera: 'Problem with the camera',
  microphone: 'Problem with the microphone',
  screen: 'Problem with the screen',
  file: 'Problem with the file',
  encoder: 'Problem sending video',
};

const faultTitles: Partial<Record<`${MediaProblem['device']}.${MediaProblem['fault']}`, string>> = {
  'camera.denied': 'Camera access isn’t allowed',
  'camera.busy': 'Another app is using the camera',
  'camera.missing': 'No camera found',
  'camera.unplugged': 'The camera was unplugged',
  'microphone.denied': 'Microphone access isn’t allowed',
  'microphone.busy': 'Another app is using the microphone',
  'microphone.missing': 'No microphone found',
  'microphone.unplugged': 'The microphone was unplugged',
  'screen.denied': 'Screen sharing isn’t allowed',
  'screen.cancelled': 'No screen was chosen',
  'screen.unplugged': 'Screen sharing has ended',
  'file.unplayable': 'This file can’t be played',
  'file.cancelled': 'No file was chosen',
  'encoder.unsupported': 'This computer can’t encode this video',
};

/** The heading of a problem notice. The text below it is the problem's message. */
export function problemTitle(problem: Pick<MediaProblem, 'device' | 'fault'>): string {
  return faultTitles[`${problem.device}.${problem.fault}`] ?? problemTitles[problem.device];
}
