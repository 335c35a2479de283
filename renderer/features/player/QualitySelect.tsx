import { type JSX, useState } from 'react';
import type { Player, PlayerState } from '../../media/shared/player-types.ts';
import { Select } from '../shared/Field.tsx';
import { qualityChoices, selectionMessage } from './quality-words.ts';
import './controls.css';

interface QualitySelectProps {
  player: Player | null;
  state: PlayerState | null;
  /** The largest height to watch, in lines; null means no limit. */
  maxLines: number | null;
}

/**
 * Selects Auto or one rendition for as long as the player is open. Screen readers announce the user's
 * selection, but not automatic switches.
 */
export function QualitySelect({ player, state, maxLines }: QualitySelectProps): JSX.Element | null {
  const [announcement, setAnnouncement] = useState('');
  if (!player || !state || state.renditions.length === 0) return null;
  const choices = qualityChoices(state, maxLines);
  const select = (value: string): void => {
    player.setPreferredRendition(value);
    setAnnouncement(selectionMessage(value, state));
  };
  return (
    <div className="controls-select controls-quality">
      <Select
        label="Quality"
        title={`Video quality: ${choices.find(({ value }) => value === state.preferredRendition)?.label}`}
        data-testid="quality"
        value={state.preferredRendition}
        choices={choices}
        onChange={select}
      />
      <span className="only-read" role="status">
        {announcement}
      </span>
    </div>
  );
}
