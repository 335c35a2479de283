import CloseIcon from 'lucide-react/icons/x';
import { type JSX, type ReactNode, useId } from 'react';
import { createPortal } from 'react-dom';
import { Button, IconButton } from './Button.tsx';
import { useModal } from './use-modal.ts';
import './dialog.css';

interface DialogProps {
  title: string;
  wide?: boolean;
  onClose(): void;
  children: ReactNode;
  /** Buttons, rendered in a row at the bottom. */
  actions?: ReactNode;
}

/**
 * A native modal dialog; `data-first` marks the element that gets the initial focus. It is rendered outside
 * the window's content so that it does not inherit the stage's colors, which are dark in every theme.
 */
export function Dialog({ title, wide = false, onClose, children, actions }: DialogProps): JSX.Element {
  const ref = useModal('[data-first]');
  const titleId = useId();
  return createPortal(
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes a modal dialog on Escape.
    <dialog
      ref={ref}
      className={`dialog ${wide ? 'dialog-wide' : ''}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // Only a click on the backdrop has the dialog itself as its target.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="dialog-box">
        <div className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <IconButton icon={CloseIcon} label="Close" onClick={onClose} />
        </div>
        <div className="dialog-body">{children}</div>
        {actions ? <div className="dialog-actions">{actions}</div> : null}
      </div>
    </dialog>,
    document.body,
  );
}

interface ConfirmProps {
  title: string;
  children: ReactNode;
  confirm: string;
  cancel?: string;
  onConfirm(): void;
  onClose(): void;
}

/** A dialog that asks for confirmation before an action that affects others. */
export function ConfirmDialog({
  title,
  children,
  confirm,
  cancel = 'Cancel',
  onConfirm,
  onClose,
}: ConfirmProps): JSX.Element {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="button button-plain button-normal" onClick={onClose}>
            {cancel}
          </button>
          <button
            type="button"
            className="button button-danger button-normal"
            data-testid="confirm"
            onClick={() => {
              onClose();
              onConfirm();
            }}
          >
            {confirm}
          </button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}

interface FormDialogProps {
  title: string;
  /** Whether the input is valid, so that Save is enabled. */
  canSave?: boolean;
  /** The save button's `data-testid`. */
  saveId?: string;
  /** Saves the input, and then closes the dialog. */
  onSave(): void;
  onClose(): void;
  /** The fields. Pressing Enter in a field saves the form. */
  children: ReactNode;
  /** Controls below the fields. Pressing Enter in these does not save the form. */
  more?: ReactNode;
}

/** A form in a dialog, with Save and Cancel. */
export function FormDialog(props: FormDialogProps): JSX.Element {
  const { title, canSave = true, saveId, onSave, onClose, children, more } = props;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!canSave} data-testid={saveId} onClick={onSave}>
            Save
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (canSave) onSave();
        }}
      >
        {children}
      </form>
      {more}
    </Dialog>
  );
}
