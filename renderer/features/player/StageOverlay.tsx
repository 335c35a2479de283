import VolumeIcon from 'lucide-react/icons/volume-2';
import type { JSX, ReactNode } from 'react';
import type { TitledText } from '../../../common/words/pull-failure-text.ts';
import { Button } from '../shared/Button.tsx';
import { Icon, type IconShape } from '../shared/Icon.tsx';
import './overlay.css';

/** `data-` attributes that tests read. */
type Marks = Readonly<Record<`data-${string}`, string>>;

interface StageOverlayProps {
  /** Whether the overlay is visible. Screen readers read its text even if it is hidden. */
  shown: boolean;
  /** The icon; null shows a spinner. */
  icon: IconShape | null;
  /** A large letter, shown in place of the icon. */
  letter?: string | null;
  phase: string;
  text: TitledText;
  /** Whether the browser blocks audio until the user clicks. If so, a button asks for a click. */
  audioBlocked: boolean;
  marks: { card?: Marks; status?: Marks; title?: Marks };
  /** Buttons, rendered below the text. */
  children?: ReactNode;
}

/** A message over the stage that explains why no video is playing. */
export function StageOverlay(props: StageOverlayProps): JSX.Element {
  const { shown, icon, text, marks } = props;
  return (
    <div className={shown ? 'overlay overlay-shown' : 'overlay'}>
      <div className={shown ? 'overlay-card' : 'overlay-bare'} {...marks.card}>
        {shown ? (
          <span className="overlay-icon" data-phase={props.phase}>
            {props.letter ? (
              <span className="overlay-letter" aria-hidden="true">
                {props.letter}
              </span>
            ) : icon ? (
              <Icon icon={icon} size={34} />
            ) : (
              <span className="spinner spinner-large" aria-hidden="true" />
            )}
          </span>
        ) : null}
        <div className={shown ? 'overlay-words' : 'only-read'} role="status" {...marks.status}>
          <p className="overlay-title" {...marks.title}>
            {text.title}
          </p>
          {text.body ? <p className="overlay-body">{text.body}</p> : null}
        </div>
        {props.children}
      </div>
      {props.audioBlocked ? (
        // A click anywhere in the window unblocks audio, so the button needs no handler.
        <Button
          variant="primary"
          size="large"
          icon={VolumeIcon}
          className="overlay-sound"
          data-testid="sound-blocked"
        >
          Click for sound
        </Button>
      ) : null}
    </div>
  );
}
