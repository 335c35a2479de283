import BackIcon from 'lucide-react/icons/arrow-left';
import SettingsIcon from 'lucide-react/icons/settings-2';
import { type JSX, useState } from 'react';
import { SettingsDialog } from '../features/settings/SettingsDialog.tsx';
import { IconButton } from '../features/shared/Button.tsx';
import { useApp } from '../features/shared/context.ts';
import { Logo } from '../features/shared/Logo.tsx';
import { useReadable } from '../features/shared/readable.ts';
import '../features/shared/top-bar.css';

/** The header of every screen except Watch and an ongoing call, where video fills the window. */
export function TopBar(): JSX.Element {
  const app = useApp();
  const screen = useReadable(app.screen);
  const [settingsOpen, setSettingsOpen] = useState(false);
  const home = screen.name === 'home';
  return (
    <header className="topbar">
      {home ? null : (
        <IconButton icon={BackIcon} label="Back to home" onClick={() => app.go({ name: 'home' })} />
      )}
      <button
        type="button"
        className="topbar-brand"
        aria-current={home ? 'page' : undefined}
        onClick={() => app.go({ name: 'home' })}
      >
        <Logo size={28} />
        <span>Iroh Live</span>
      </button>
      <div className="topbar-space" />
      <IconButton icon={SettingsIcon} label="Settings" onClick={() => setSettingsOpen(true)} />
      {settingsOpen ? <SettingsDialog onClose={() => setSettingsOpen(false)} /> : null}
    </header>
  );
}
