import WarningIcon from 'lucide-react/icons/triangle-alert';
import { type InputHTMLAttributes, type JSX, type ReactNode, type SelectHTMLAttributes, useId } from 'react';
import './field.css';
import { Icon, type IconShape } from './Icon.tsx';

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  'data-first'?: boolean;
  label: string;
  /** Hides the label visually; screen readers still read it. */
  bare?: boolean;
  hint?: string;
  error?: string | null;
  /** Rendered inside the field, at its right end. */
  end?: ReactNode;
}

/** A labeled text input with the error below it, or the hint if there is no error. */
export function TextField({
  label,
  bare = false,
  hint,
  error = null,
  end,
  className,
  ...input
}: TextFieldProps): JSX.Element {
  const id = useId();
  const noteId = `${id}-note`;
  return (
    <div className={`field ${className ?? ''}`}>
      <label className={bare ? 'only-read' : 'field-label'} htmlFor={id}>
        {label}
      </label>
      <div className="field-line">
        <input
          id={id}
          className="field-input"
          aria-invalid={error ? true : undefined}
          aria-describedby={error || hint ? noteId : undefined}
          autoComplete="off"
          spellCheck={false}
          {...input}
        />
        {end}
      </div>
      <p id={noteId} className={error ? 'field-error' : 'field-hint'} aria-live="polite">
        {error ? <Icon icon={WarningIcon} size={16} /> : null}
        <span>{error ?? hint ?? ''}</span>
      </p>
    </div>
  );
}

/** Handlers for a `TextField` that calls `save` when the user leaves it or presses Enter. */
export function saveOnLeave(
  save: () => void,
): Required<Pick<InputHTMLAttributes<HTMLInputElement>, 'onBlur' | 'onKeyDown'>> {
  return {
    onBlur: save,
    onKeyDown: ({ key }) => {
      if (key === 'Enter') save();
    },
  };
}

interface SelectProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange'> {
  label: string;
  icon?: IconShape;
  choices: readonly { value: string; label: string }[];
  onChange(value: string): void;
}

/** A labeled drop-down list. */
export function Select({ label, icon, choices, onChange, className, ...select }: SelectProps): JSX.Element {
  const id = useId();
  return (
    <div className={`field ${className ?? ''}`}>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className="select-line">
        {icon ? <Icon icon={icon} size={18} /> : null}
        <select
          id={id}
          className="field-select"
          onChange={(event) => onChange(event.target.value)}
          {...select}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
        <svg className="select-arrow" aria-hidden="true" width="12" height="12" viewBox="0 0 12 12">
          <path
            d="M2.5 4.5L6 8l3.5-3.5"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.6"
            strokeLinecap="round"
          />
        </svg>
      </div>
    </div>
  );
}
