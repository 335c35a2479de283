import { type JSX, useId, useState } from 'react';
import { type Contact, MAX_NAME_CHARS } from '../../../common/bridge/bridge.ts';
import { shortIdText } from '../../../common/words/caller-identity.ts';
import { FormDialog } from '../shared/Dialog.tsx';
import { TextField } from '../shared/Field.tsx';
import { useCallModel } from './call-context.ts';
import { accessLabels } from './call-words.ts';

const accesses: readonly Contact['access'][] = ['ask', 'auto', 'blocked'];

const hints: Record<Contact['access'], string> = {
  ask: 'You decide whether to answer.',
  auto: 'Their calls are answered automatically. Your camera and microphone turn on without a click.',
  blocked: 'Their calls are declined without ringing.',
};

interface ContactDialogProps {
  contact: Contact;
  /** The name that the peer claims, used to prefill the field if the contact has no name. */
  suggestedName?: string;
  onClose(): void;
}

/** A dialog for editing a contact's name and how the app handles that contact's calls. */
export function ContactDialog({ contact, suggestedName = '', onClose }: ContactDialogProps): JSX.Element {
  const calls = useCallModel();
  const [name, setName] = useState(contact.name || suggestedName);
  const [access, setAccess] = useState(contact.access);
  const save = (): void => {
    calls.setContact({ peer: contact.peer, name: name.trim(), access });
    onClose();
  };
  return (
    <FormDialog
      title={contact.name ? 'Edit contact' : 'Add to contacts'}
      saveId="save-contact"
      onSave={save}
      onClose={onClose}
      more={<AccessChoice access={access} onChange={setAccess} />}
    >
      <TextField
        label="Name"
        hint={`Only you see this name. It is linked to ${shortIdText(contact.peer)}, which no one else can have.`}
        data-testid="contact-name"
        value={name}
        maxLength={MAX_NAME_CHARS}
        onChange={(event) => setName(event.target.value)}
        onFocus={(event) => event.target.select()}
        data-first
      />
    </FormDialog>
  );
}

interface AccessChoiceProps {
  access: Contact['access'];
  onChange(access: Contact['access']): void;
}

function AccessChoice({ access, onChange }: AccessChoiceProps): JSX.Element {
  const group = useId();
  return (
    <fieldset className="contact-access">
      <legend className="field-label">When they call</legend>
      {accesses.map((choice) => (
        <label key={choice} className="contact-choice">
          <input
            type="radio"
            name={group}
            checked={access === choice}
            data-testid={`access-${choice}`}
            onChange={() => onChange(choice)}
          />
          <span>
            <strong>{accessLabels[choice]}</strong>
            <span className="contact-hint">{hints[choice]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
