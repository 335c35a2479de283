import type { LucideIcon, LucideProps } from 'lucide-react';
import Phone from 'lucide-react/icons/phone';
import Play from 'lucide-react/icons/play';
import Square from 'lucide-react/icons/square';
import type { JSX } from 'react';

/** The icons of primary actions, filled, as is usual on media players and phones. */
function filled(Shape: LucideIcon, style?: LucideProps['style']): (props: LucideProps) => JSX.Element {
  return (props) => <Shape {...props} fill="currentColor" {...(style ? { style } : {})} />;
}

/** For buttons that start playback or open the Watch screen. */
export const PlayIcon = /* @__PURE__ */ filled(Play);
/** For buttons that stop a broadcast. */
export const StopIcon = /* @__PURE__ */ filled(Square);
/** For buttons that start or answer a call. */
export const PhoneIcon = /* @__PURE__ */ filled(Phone);
/** For buttons that end a call. A downward-pointing receiver is the usual symbol. */
export const HangUpIcon = /* @__PURE__ */ filled(Phone, { rotate: '135deg' });
