import { type JSX, type ReactNode, useEffect, useRef } from 'react';

/** False until the first screen is shown, because opening the window must not move the focus. */
let shownOnce = false;

/** A screen's heading. It gets the focus when the screen changes, so that screen readers start there. */
export function ScreenHeading({
  className,
  children,
}: {
  className?: string;
  children: ReactNode;
}): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (shownOnce) heading.current?.focus({ preventScroll: true });
    shownOnce = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={`screen-heading ${className ?? ''}`}>
      {children}
    </h1>
  );
}
