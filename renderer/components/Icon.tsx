import type { JSX } from 'react';

/** Drawn on a 24 px grid with 1.75 px strokes. */
const shapes = {
  broadcast: [
    'M12 12h.01',
    'M8.5 15.5a5 5 0 0 1 0-7',
    'M15.5 8.5a5 5 0 0 1 0 7',
    'M5.6 18.4a9 9 0 0 1 0-12.8',
    'M18.4 5.6a9 9 0 0 1 0 12.8',
  ],
  play: ['M8 5.5v13l10.5-6.5z'],
  ticket: [
    'M4 7.5h16v3a1.6 1.6 0 0 0 0 3.1v2.9H4v-2.9a1.6 1.6 0 0 0 0-3.1z',
    'M14 7.8v1.4',
    'M14 11.3v1.4',
    'M14 14.8v1.4',
  ],
  camera: ['M3.5 7.5h11v9h-11z', 'M14.5 11l6-3v8l-6-3'],
  'camera-off': ['M8 7.5h6.5V14', 'M14.5 16.5h-11v-9H5', 'M14.5 11l6-3v8l-3.5-1.75', 'M3.5 3.5l17 17'],
  screen: ['M3.5 5h17v11.5h-17z', 'M12 16.5V20', 'M8.5 20h7'],
  file: ['M6 3.5h8l4.5 4.5v12.5H6z', 'M14 3.5V8h4.5', 'M10.5 11.5v5l4-2.5z'],
  pattern: ['M3.5 5h17v14h-17z', 'M9.2 5v14', 'M14.8 5v14', 'M3.5 14.5h17'],
  mic: [
    'M12 3.5a2.8 2.8 0 0 1 2.8 2.8v5a2.8 2.8 0 0 1-5.6 0v-5A2.8 2.8 0 0 1 12 3.5z',
    'M5.8 11a6.2 6.2 0 0 0 12.4 0',
    'M12 17.2v3.3',
  ],
  'mic-off': [
    'M9.2 9.2v2.1a2.8 2.8 0 0 0 4.4 2.3',
    'M14.8 11V6.3a2.8 2.8 0 0 0-5.4-1',
    'M5.8 11a6.2 6.2 0 0 0 9.9 5',
    'M18.2 11a6 6 0 0 1-.5 2.5',
    'M12 17.2v3.3',
    'M3.5 3.5l17 17',
  ],
  volume: ['M4 9.5v5h3.5l5 4v-13l-5 4z', 'M16 9.2a4 4 0 0 1 0 5.6', 'M18.6 6.6a7.6 7.6 0 0 1 0 10.8'],
  'volume-off': ['M4 9.5v5h3.5l5 4v-13l-5 4z', 'M16.5 9.8l4.5 4.5', 'M21 9.8l-4.5 4.5'],
  eye: [
    'M2.8 12S6 5.8 12 5.8 21.2 12 21.2 12 18 18.2 12 18.2 2.8 12 2.8 12z',
    'M12 9.3a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4z',
  ],
  upload: ['M12 19V5.5', 'M6.5 11L12 5.5 17.5 11'],
  copy: ['M8.5 8.5h11v11h-11z', 'M15.5 8.5v-4h-11v11h4'],
  check: ['M5 12.5l4.6 4.6L19 7.5'],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  back: ['M19.5 12h-15', 'M10.5 6l-6 6 6 6'],
  settings: [
    'M4 7.5h8.5',
    'M17.5 7.5H20',
    'M15 5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
    'M4 16.5h2.5',
    'M11.5 16.5H20',
    'M9 14a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
  ],
  fullscreen: ['M4.5 9V4.5H9', 'M15 4.5h4.5V9', 'M19.5 15v4.5H15', 'M9 19.5H4.5V15'],
  'fullscreen-exit': ['M9 4.5V9H4.5', 'M19.5 9H15V4.5', 'M15 19.5V15h4.5', 'M4.5 15H9v4.5'],
  pip: ['M20.5 10V5h-17v14H10', 'M13 13.5h7.5V19H13z'],
  stats: ['M4.5 19.5h15', 'M7 16v-4', 'M12 16V5.5', 'M17 16V9'],
  help: [
    'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z',
    'M9.7 9.6a2.4 2.4 0 1 1 3.5 2.2c-.8.4-1.2.9-1.2 1.7',
    'M12 16.4h.01',
  ],
  warning: ['M12 4.2L21 19.5H3z', 'M12 10v4.2', 'M12 16.9h.01'],
  info: ['M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z', 'M12 11v5', 'M12 8h.01'],
  trash: ['M4.5 6.5h15', 'M9.5 6.5v-2h5v2', 'M6.5 6.5l.9 13h9.2l.9-13', 'M10.2 10v6', 'M13.8 10v6'],
  pencil: ['M4.5 19.5l.8-4L16 4.8l3.2 3.2L8.5 18.7z', 'M13.6 7.2l3.2 3.2'],
  clock: ['M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z', 'M12 7.5V12l3 2'],
  lock: ['M5.5 10.5h13v9.5h-13z', 'M8.2 10.5V8a3.8 3.8 0 0 1 7.6 0v2.5', 'M12 14.3v2'],
  offline: [
    'M3.5 9a13 13 0 0 1 4.6-2.9',
    'M12 5a13 13 0 0 1 8.5 4',
    'M6.8 12.6A8 8 0 0 1 10 10.7',
    'M14.7 11.1a8 8 0 0 1 2.5 1.5',
    'M9.8 16a3.4 3.4 0 0 1 4.4 0',
    'M12 19.2h.01',
    'M4 3.5l16 17',
  ],
  moon: ['M19.5 14.2A8 8 0 1 1 9.8 4.5a6.4 6.4 0 0 0 9.7 9.7z'],
  stop: ['M7 7h10v10H7z'],
  swap: ['M4.5 8.5h13', 'M14 5l3.5 3.5L14 12', 'M19.5 15.5h-13', 'M10 12l-3.5 3.5L10 19'],
  retry: ['M19 12a7 7 0 1 1-2.1-5', 'M17.5 3.5V7.5h-4'],
  expand: ['M14 4.5h5.5V10', 'M19.5 4.5l-6 6', 'M10 19.5H4.5V14', 'M4.5 19.5l6-6'],
  link: [
    'M10 14a3.6 3.6 0 0 0 5.1 0l3.3-3.3a3.6 3.6 0 0 0-5.1-5.1L12 6.9',
    'M14 10a3.6 3.6 0 0 0-5.1 0l-3.3 3.3a3.6 3.6 0 0 0 5.1 5.1l1.3-1.3',
  ],
  leave: ['M13.5 4.5h-8v15h8', 'M10.5 12h9.5', 'M16 8l4 4-4 4'],
} as const satisfies Record<string, readonly string[]>;

export type IconName = keyof typeof shapes;

/** Shapes that mean a thing to press, as on players: filled. */
const solid: ReadonlySet<IconName> = new Set(['play', 'stop']);

/** A picture beside words that say the same, so screen readers pass over it. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      className="icon"
      aria-hidden="true"
      focusable="false"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={solid.has(name) ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {shapes[name].map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}
