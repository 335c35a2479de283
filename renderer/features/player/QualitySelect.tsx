import { type JSX, useState } from 'react';
import type { Player, PlayerState } from '../../media/shared/types.ts';
import { Select } from '../shared/Field.tsx';
import { chosenWords, qualityChoices } from './quality.ts';
import './controls.css';

interface QualitySelectProps {
  player: Player | null;
  state: PlayerState | null;
  /** The most lines that are watched here; null is no limit. */
  maxLines: number | null;
}

/**
 * Auto, or one rendition by name. The player keeps the choice, so that it lasts as long as one watches. What the person
 * chooses is said aloud; what Auto does is not.
 */
export function QualitySelect({ player, state, maxLines }: QualitySelectProps): JSX.Element | null {
  const [said, setSaid] = useState('');
  if (!player || !state || state.renditions.length === 0) return null;
  const choices = qualityChoices(state, maxLines);
  const choose = (value: string): void => {
    player.setPreferredRendition(value);
    setSaid(chosenWords(value, state));
  };
  return (
    <div className="controls-select controls-quality">
      <Select
        label="Quality of the picture"
        bare
        icon="quality"
        title={`Quality of the picture: ${choices.find(({ value }) => value === state.preferredRendition)?.label}`}
        data-testid="quality"
        value={state.preferredRendition}
        choices={choices}
        onChange={choose}
      />
      <span className="only-read" role="status">
        {said}
      </span>
    </div>
  );
}
