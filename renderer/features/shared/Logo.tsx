import type { JSX } from 'react';

/** The product’s logo: two people joined by a line. `size` is in CSS pixels. */
export function Logo({ size }: { size: number }): JSX.Element {
  return (
    <svg className="logo" aria-hidden="true" focusable="false" width={size} height={size} viewBox="0 0 32 32">
      <rect className="logo-ground" width="32" height="32" rx="9" />
      <path
        className="logo-line"
        d="M10 20.5C13 11 19 21 22 11.5"
        fill="none"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <circle className="logo-dot" cx="9.5" cy="21" r="3.6" />
      <circle className="logo-dot" cx="22.5" cy="11" r="3.6" />
    </svg>
  );
}
