import type { JSX } from 'react';
import type { Settings } from '../../../common/bridge/bridge.ts';
import { DisplayName } from '../call/DisplayName.tsx';
import { useApp, useSettings } from '../shared/context.ts';
import '../shared/switch.css';

const busyChoices: readonly { value: Settings['whenBusy']; label: string }[] = [
  { value: 'decline', label: 'Reject as busy' },
  { value: 'wait', label: 'Let them wait' },
];

const microphoneSwitches = [
  { key: 'echoCancellation', label: 'Echo cancellation' },
  { key: 'noiseSuppression', label: 'Noise suppression' },
  { key: 'autoGain', label: 'Automatic gain control' },
] as const;

/** The settings for calls and for the microphone. */
export function CallSettings(): JSX.Element {
  const app = useApp();
  const settings = useSettings();
  return (
    <>
      <DisplayName />
      <fieldset className="segmented">
        <legend className="field-label">When someone calls while you are in a call</legend>
        <div className="segmented-row">
          {busyChoices.map((choice) => (
            <label key={choice.value} className="segmented-choice">
              <input
                type="radio"
                name="when-busy"
                checked={settings.whenBusy === choice.value}
                onChange={() => app.changeSettings({ whenBusy: choice.value })}
              />
              <span>{choice.label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="field">
        <label className="switch">
          <input
            type="checkbox"
            checked={settings.onlyContactsRing}
            data-testid="only-contacts-ring"
            aria-describedby="only-contacts-hint"
            onChange={(event) => app.changeSettings({ onlyContactsRing: event.target.checked })}
          />
          <span>Only ring for contacts</span>
        </label>
        <p id="only-contacts-hint" className="field-hint">
          Other callers hear ringing, but your computer stays silent. Their calls appear as missed calls,
          where you can add them to your contacts.
        </p>
      </div>
      <fieldset className="switches">
        <legend className="field-label">Microphone</legend>
        {microphoneSwitches.map(({ key, label }) => (
          <label key={key} className="switch">
            <input
              type="checkbox"
              checked={settings[key]}
              data-testid={`sound-${key}`}
              onChange={(event) => app.changeSettings({ [key]: event.target.checked })}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
    </>
  );
}
