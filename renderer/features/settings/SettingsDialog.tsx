import ChevronIcon from 'lucide-react/icons/chevron-down';
import { type JSX, type ReactNode, useState } from 'react';
import { MAX_NAME_CHARS, type Settings } from '../../../common/bridge/bridge.ts';
import { broadcastNameProblem } from '../../../common/ticket/broadcast-name.ts';
import { BlockedPeers, Contacts } from '../call/Contacts.tsx';
import { LatencySelect } from '../player/LatencySelect.tsx';
import { usePlaybackSettings } from '../player/use-player.ts';
import { useApp, useAppState } from '../shared/context.ts';
import { Dialog } from '../shared/Dialog.tsx';
import { TextField } from '../shared/Field.tsx';
import { shorten } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { SettingsGroup } from '../shared/SettingsGroup.tsx';
import { CallSettings } from './CallSettings.tsx';
import { ListingSetting } from './ListingSetting.tsx';
import { RelaySettings } from './RelaySettings.tsx';
import { SendingSettings } from './SendingSettings.tsx';
import './settings.css';

const themes: readonly { value: Settings['theme']; label: string }[] = [
  { value: 'system', label: 'Match system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** The Settings dialog. Most changes are saved immediately. */
export function SettingsDialog({ onClose }: { onClose(): void }): JSX.Element {
  const app = useApp();
  const { settings, endpointId } = useAppState();
  const { latency } = usePlaybackSettings();
  const [name, setName] = useState(settings.broadcastName);
  const saveName = (): void => {
    const trimmed = name.trim();
    if (broadcastNameProblem(trimmed)) setName(settings.broadcastName);
    else if (trimmed !== settings.broadcastName) app.changeSettings({ broadcastName: trimmed });
  };
  const close = (): void => {
    saveName();
    onClose();
  };
  return (
    <Dialog title="Settings" onClose={close}>
      <SettingsGroup title="Appearance">
        <ThemeChoice />
      </SettingsGroup>
      <SettingsGroup title="Live">
        <TextField
          label="Broadcast name"
          hint="Friends see this name when they open your ticket."
          error={name === '' ? null : broadcastNameProblem(name.trim())}
          value={name}
          maxLength={MAX_NAME_CHARS}
          onChange={(event) => setName(event.target.value)}
          onBlur={saveName}
        />
        <SendingSettings />
      </SettingsGroup>
      <SettingsGroup title="Watching">
        <div className="field">
          <LatencySelect latency={latency} onChange={(next) => app.changeSettings({ latency: next })} />
          <p className="field-hint">A longer delay helps on an unstable network.</p>
        </div>
      </SettingsGroup>
      <SettingsGroup title="Calls">
        <CallSettings />
      </SettingsGroup>
      <Contacts />
      <BlockedPeers />
      <AdvancedSettings>
        <RelaySettings />
        <ListingSetting />
        <dl className="about">
          <div>
            <dt>Your endpoint ID</dt>
            <dd title={endpointId}>
              <code>{shorten(endpointId, 17)}</code>
            </dd>
          </div>
        </dl>
      </AdvancedSettings>
      <dl className="about">
        <div>
          <dt>Version</dt>
          <dd>{app.info.version}</dd>
        </div>
      </dl>
    </Dialog>
  );
}

function ThemeChoice(): JSX.Element {
  const app = useApp();
  const { settings } = useAppState();
  return (
    <fieldset className="segmented">
      <legend className="field-label">Theme</legend>
      <div className="segmented-row">
        {themes.map((theme) => (
          <label key={theme.value} className="segmented-choice">
            <input
              type="radio"
              name="theme"
              checked={settings.theme === theme.value}
              onChange={() => app.changeSettings({ theme: theme.value })}
            />
            <span>{theme.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A collapsible section for settings that few users need. */
function AdvancedSettings({ children }: { children: ReactNode }): JSX.Element {
  return (
    <details className="settings-advanced" data-testid="settings-advanced">
      <summary>
        <span className="settings-advanced-title">Advanced</span>
        <span className="settings-advanced-hint">Relays and network</span>
        <Icon icon={ChevronIcon} size={18} />
      </summary>
      <div className="settings-advanced-body">{children}</div>
    </details>
  );
}
