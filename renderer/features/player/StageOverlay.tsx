import type { JSX, ReactNode } from 'react';
import type { Words } from '../../../common/words/pull-words.ts';
import { Button } from '../shared/Button.tsx';
import { Icon, type IconName } from '../shared/Icon.tsx';
import './overlay.css';

/** Hooks for tests on one element. */
type Marks = Readonly<Record<`data-${string}`, string>>;

interface StageOverlayProps {
  /** Whether it lies over the picture; otherwise only screen readers find the words. */
  shown: boolean;
  /** Null: something is being waited for. */
  icon: IconName | null;
  /** Stands in place of the icon, large. */
  letter?: string | null;
  phase: string;
  words: Words;
  /** Whether the way to the sound is offered, which the browser holds back. */
  soundBlocked: boolean;
  marks: { card?: Marks; status?: Marks; title?: Marks };
  /** The next steps. */
  children?: ReactNode;
}

/** What there is instead of a moving picture, in words over the stage. */
export function StageOverlay(props: StageOverlayProps): JSX.Element {
  const { shown, icon, words, marks } = props;
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
              <Icon name={icon} size={34} />
            ) : (
              <span className="spinner spinner-large" aria-hidden="true" />
            )}
          </span>
        ) : null}
        <div className={shown ? 'overlay-words' : 'only-read'} role="status" {...marks.status}>
          <p className="overlay-title" {...marks.title}>
            {words.title}
          </p>
          {words.body ? <p className="overlay-body">{words.body}</p> : null}
        </div>
        {props.children}
      </div>
      {props.soundBlocked ? (
        // Any press in the window lets the sound through; the button is where people look for it.
        <Button
          variant="primary"
          size="large"
          icon="volume"
          className="overlay-sound"
          data-testid="sound-blocked"
        >
          Click for sound
        </Button>
      ) : null}
    </div>
  );
}
