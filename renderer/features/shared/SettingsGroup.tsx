import { type JSX, type ReactNode, useId } from 'react';
import './settings-group.css';

/** Related settings under a heading. */
export function SettingsGroup({ title, children }: { title: string; children: ReactNode }): JSX.Element {
  const headingId = useId();
  return (
    <section className="settings-group" aria-labelledby={headingId}>
      <h3 id={headingId}>{title}</h3>
      {children}
    </section>
  );
}
