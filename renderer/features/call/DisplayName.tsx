import { type JSX, useState } from 'react';
import { MAX_NAME_CHARS } from '../../../common/bridge/bridge.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { saveOnLeave, TextField } from '../shared/Field.tsx';

/** A field for the name that the user's peers see in a call. */
export function DisplayName(): JSX.Element {
  const app = useApp();
  const settings = useSettings();
  const [name, setName] = useState(settings.displayName);
  const saveName = (): void => {
    const trimmed = name.trim();
    setName(trimmed);
    if (trimmed !== settings.displayName) app.changeSettings({ displayName: trimmed });
  };
  return (
    <TextField
      label="Your name in calls"
      hint="The people you talk to see this name. Leave this field empty to share no name."
      data-testid="display-name"
      value={name}
      maxLength={MAX_NAME_CHARS}
      onChange={(event) => setName(event.target.value)}
      {...saveOnLeave(saveName)}
    />
  );
}
