import type { LucideProps } from 'lucide-react';
import type { ComponentType, JSX } from 'react';

/**
 * An icon of lucide-react, or one from `filled-icons.tsx`. Files import each icon from its own module,
 * because a barrel file would put all icons into the first script of a relay's page.
 */
export type IconShape = ComponentType<LucideProps>;

/** An icon beside text that says the same, so screen readers skip it. `size` is in CSS pixels. */
export function Icon({ icon: Shape, size = 20 }: { icon: IconShape; size?: number }): JSX.Element {
  return <Shape className="icon" aria-hidden="true" focusable="false" size={size} strokeWidth={1.75} />;
}
