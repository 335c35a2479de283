import type { LucideProps } from 'lucide-react';
import type { ComponentType, JSX } from 'react';

/**
 * An icon from lucide-react or `filled-icons.tsx`. Import each lucide icon from its own module, because a
 * barrel file would put every icon into the initial script of a relay's page.
 */
export type IconShape = ComponentType<LucideProps>;

/**
 * An icon that screen readers skip, because the text next to it says the same thing. `size` is in CSS pixels.
 */
export function Icon({ icon: Shape, size = 20 }: { icon: IconShape; size?: number }): JSX.Element {
  return <Shape className="icon" aria-hidden="true" focusable="false" size={size} strokeWidth={1.75} />;
}
