import type { LucideProps } from 'lucide-react';
import type { ComponentType, JSX } from 'react';

/**
 * An icon from lucide-react or `filled-icons.tsx`. Files import each icon from its own module, because a
 * barrel file would pull every icon into the first script of a relay's page.
 */
export type IconShape = ComponentType<LucideProps>;

/** An icon next to text that says the same, so screen readers skip the icon. `size` is in CSS pixels. */
export function Icon({ icon: Shape, size = 20 }: { icon: IconShape; size?: number }): JSX.Element {
  return <Shape className="icon" aria-hidden="true" focusable="false" size={size} strokeWidth={1.75} />;
}
