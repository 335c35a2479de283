import { type JSX, useEffect, useRef, useState } from 'react';
import { type Resolution, resolutions } from '../../../common/bridge/renditions.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { Select, saveOnLeave, TextField } from '../shared/Field.tsx';
import { parseUploadLimit, uploadLimitText } from './upload-limit.ts';

const sizeWords: Record<Resolution, string> = {
  '180p': '180p (very small)',
  '360p': '360p (small)',
  '720p': '720p (HD)',
  '1080p': '1080p (full HD)',
};

/** The limits on the user's video in broadcasts and calls. Changes take effect immediately. */
export function SendingSettings(): JSX.Element {
  const app = useApp();
  const { maxResolution } = useSettings();
  const forced = app.info.maxResolution;
  const choices = [...resolutions].reverse().map((value) => ({ value, label: sizeWords[value] }));
  return (
    <>
      <div className="field">
        <Select
          label="Maximum resolution to send"
          data-testid="max-resolution"
          value={forced ?? maxResolution}
          disabled={forced !== null}
          choices={choices}
          onChange={(value) => {
            const chosen = resolutions.find((each) => each === value);
            if (chosen) app.changeSettings({ maxResolution: chosen });
          }}
        />
        <p className="field-hint">
          {forced === null
            ? 'Your video is never enlarged beyond its original size. Viewers with slow connections get a lower resolution automatically.'
            : 'The app was started with this limit, which overrides your setting.'}
        </p>
      </div>
      <UploadLimit />
    </>
  );
}

function UploadLimit(): JSX.Element {
  const app = useApp();
  const { uploadLimitBps } = useSettings();
  const [text, setText] = useState(() => uploadLimitText(uploadLimitBps));
  const input = parseUploadLimit(text);
  const save = (): void => {
    if (input.problem !== null || input.bps === uploadLimitBps) return;
    app.changeSettings({ uploadLimitBps: input.bps });
  };
  // Escape closes the dialog without a blur event, so the value is also saved when the component unmounts.
  const last = useRef(save);
  last.current = save;
  useEffect(() => () => last.current(), []);
  return (
    <TextField
      label="Upload limit in Mbit/s"
      hint="The total for all viewers. Sound has priority, and video gets the rest. Leave this field empty for no limit."
      error={input.problem}
      data-testid="upload-limit"
      inputMode="decimal"
      placeholder="No limit"
      maxLength={12}
      value={text}
      onChange={(event) => setText(event.target.value)}
      {...saveOnLeave(save)}
    />
  );
}
