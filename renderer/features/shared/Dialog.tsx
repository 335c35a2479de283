import { type JSX, type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { Button, IconButton } from './Button.tsx';
import './dialog.css';

interface DialogProps {
  title: string;
  wide?: boolean;
  onClose(): void;
  children: ReactNode;
  /** The row of buttons at the bottom. */
  actions?: ReactNode;
}

/**
 * A native modal dialog: the browser keeps the focus in it, closes it on Escape and gives the focus back. What has
 * `data-first` gets the focus to begin with. It stands beside the window's content, whose colours are not its own: the
 * stage is dark in every theme.
 */
export function Dialog({ title, wide = false, onClose, children, actions }: DialogProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before the element leaves the page, or closing it could not give the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => dialog.close();
  }, []);
  return createPortal(
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a modal dialog by itself.
    <dialog
      ref={ref}
      className={`dialog ${wide ? 'dialog-wide' : ''}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // Only a press on the backdrop hits the dialog itself.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="dialog-box">
        <div className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
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

/** Asks before something that others notice. */
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
  /** Whether what is filled in can be saved. */
  canSave?: boolean;
  /** The save button's mark for tests. */
  saveId?: string;
  /** Saves, and closes the dialog. */
  onSave(): void;
  onClose(): void;
  /** Fields in which Enter saves. */
  children: ReactNode;
  /** What else is asked. */
  more?: ReactNode;
}

/** Something to fill in, with Save and Cancel. */
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
