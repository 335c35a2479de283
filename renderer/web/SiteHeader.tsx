import type { JSX } from 'react';
import { RELAY_TOKEN_PARAM } from '../../common/relay/relay-api.ts';
import { Logo } from '../features/shared/Logo.tsx';
import '../features/shared/top-bar.css';
import { relayBase } from './relay-base.ts';

/** The header of a relay's pages. It links to the landing page and preserves the page's token. */
export function SiteHeader(): JSX.Element {
  const landing = relayBase(new URL(location.href));
  const token = new URL(location.href).searchParams.get(RELAY_TOKEN_PARAM);
  if (token) landing.searchParams.set(RELAY_TOKEN_PARAM, token);
  return (
    <header className="topbar">
      <a className="topbar-brand site-brand" href={landing.href}>
        <Logo size={28} />
        <span>Iroh Live</span>
      </a>
      <div className="topbar-space" />
    </header>
  );
}
