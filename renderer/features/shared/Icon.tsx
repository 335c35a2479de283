import type { LucideIcon } from 'lucide-react';
import ArrowDownLeft from 'lucide-react/icons/arrow-down-left';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import ArrowLeftRight from 'lucide-react/icons/arrow-left-right';
import ArrowUpRight from 'lucide-react/icons/arrow-up-right';
import Ban from 'lucide-react/icons/ban';
import ChartNoAxesColumn from 'lucide-react/icons/chart-no-axes-column';
import Check from 'lucide-react/icons/check';
import CircleQuestionMark from 'lucide-react/icons/circle-question-mark';
import Clock from 'lucide-react/icons/clock';
import Columns3 from 'lucide-react/icons/columns-3';
import Copy from 'lucide-react/icons/copy';
import Eye from 'lucide-react/icons/eye';
import FilePlay from 'lucide-react/icons/file-play';
import Info from 'lucide-react/icons/info';
import Link from 'lucide-react/icons/link';
import Lock from 'lucide-react/icons/lock';
import Maximize from 'lucide-react/icons/maximize';
import Maximize2 from 'lucide-react/icons/maximize-2';
import Mic from 'lucide-react/icons/mic';
import MicOff from 'lucide-react/icons/mic-off';
import Minimize from 'lucide-react/icons/minimize';
import Monitor from 'lucide-react/icons/monitor';
import MonitorX from 'lucide-react/icons/monitor-x';
import Moon from 'lucide-react/icons/moon';
import Pencil from 'lucide-react/icons/pencil';
import Phone from 'lucide-react/icons/phone';
import PictureInPicture from 'lucide-react/icons/picture-in-picture';
import PictureInPicture2 from 'lucide-react/icons/picture-in-picture-2';
import Play from 'lucide-react/icons/play';
import Radio from 'lucide-react/icons/radio';
import RotateCw from 'lucide-react/icons/rotate-cw';
import Settings2 from 'lucide-react/icons/settings-2';
import SignalHigh from 'lucide-react/icons/signal-high';
import SignalMedium from 'lucide-react/icons/signal-medium';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import Square from 'lucide-react/icons/square';
import Ticket from 'lucide-react/icons/ticket';
import Trash2 from 'lucide-react/icons/trash-2';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import User from 'lucide-react/icons/user';
import Video from 'lucide-react/icons/video';
import VideoOff from 'lucide-react/icons/video-off';
import Volume2 from 'lucide-react/icons/volume-2';
import VolumeX from 'lucide-react/icons/volume-x';
import WifiOff from 'lucide-react/icons/wifi-off';
import X from 'lucide-react/icons/x';
import type { JSX } from 'react';

// Each icon is imported from its own module, so that the bundle contains these alone.
const icons = {
  back: ArrowLeft,
  block: Ban,
  broadcast: Radio,
  camera: Video,
  'camera-off': VideoOff,
  check: Check,
  clock: Clock,
  close: X,
  compact: PictureInPicture,
  copy: Copy,
  expand: Maximize2,
  eye: Eye,
  file: FilePlay,
  fullscreen: Maximize,
  'fullscreen-exit': Minimize,
  'hang-up': Phone,
  help: CircleQuestionMark,
  incoming: ArrowDownLeft,
  info: Info,
  link: Link,
  lock: Lock,
  mic: Mic,
  'mic-off': MicOff,
  moon: Moon,
  offline: WifiOff,
  outgoing: ArrowUpRight,
  pattern: Columns3,
  pencil: Pencil,
  phone: Phone,
  pip: PictureInPicture2,
  play: Play,
  quality: SlidersHorizontal,
  retry: RotateCw,
  screen: Monitor,
  settings: Settings2,
  'share-off': MonitorX,
  'signal-fair': SignalMedium,
  'signal-good': SignalHigh,
  stats: ChartNoAxesColumn,
  stop: Square,
  swap: ArrowLeftRight,
  ticket: Ticket,
  trash: Trash2,
  user: User,
  volume: Volume2,
  'volume-off': VolumeX,
  warning: TriangleAlert,
} as const satisfies Record<string, LucideIcon>;

/** An icon, named after its use in this product. */
export type IconName = keyof typeof icons;

/** Icons of primary actions, filled as on media players and phones. */
const filled: ReadonlySet<IconName> = new Set(['play', 'stop', 'hang-up', 'phone']);

/** Degrees by which an icon is turned. A receiver that points down is the usual sign for hanging up. */
const rotations: Partial<Record<IconName, number>> = { 'hang-up': 135 };

/** An icon beside text that says the same, so screen readers skip it. `size` is in CSS pixels. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  const Shape: LucideIcon = icons[name];
  const degrees = rotations[name];
  return (
    <Shape
      className="icon"
      aria-hidden="true"
      focusable="false"
      size={size}
      strokeWidth={1.75}
      fill={filled.has(name) ? 'currentColor' : 'none'}
      {...(degrees === undefined ? {} : { style: { rotate: `${degrees}deg` } })}
    />
  );
}
