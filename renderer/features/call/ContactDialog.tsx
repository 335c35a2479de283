import { type JSX, useId, useState } from 'react';
import { type Contact, MAX_NAME_CHARS } from '../../../common/bridge/bridge.ts';
import { shortIdText } from '../../../common/words/caller-identity.ts';
import { FormDialog } from '../shared/Dialog.tsx';
import { TextField } from '../shared/Field.tsx';
import { useCallModel } from './call-context.ts';
import { accessWords } from './call-words.ts';

const accesses: readonly Contact['access'][] = ['ask', 'auto', 'blocked'];

const hints: Record<Contact['access'], string> = {
  ask: 'Their calls ring, and you decide.',
  auto: 'Their calls are accepted at once: your camera and microphone start without a click.',
  blocked: 'Their calls are declined without a sound.',
};

/** A name for somebody, and what happens when they call. */
export function ContactDialog({ contact, onClose }: { contact: Contact; onClose(): void }): JSX.Element {
  const calls = useCallModel();
  const [name, setName] = useState(contact.name);
  const [access, setAccess] = useState(contact.access);
  const save = (): void => {
    calls.setContact({ peer: contact.peer, name: name.trim(), access });
    onClose();
  };
  return (
    <FormDialog
      title={contact.name ? 'Change this person' : 'Name this person'}
      saveId="save-contact"
      onSave={save}
      onClose={onClose}
      more={<AccessChoice access={access} onChange={setAccess} />}
    >
      <TextField
        label="What do you call them?"
        hint={`Only you see it. It stands for ${shortIdText(contact.peer)}, which nobody else can be.`}
        data-testid="contact-name"
        value={name}
        maxLength={MAX_NAME_CHARS}
        onChange={(event) => setName(event.target.value)}
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
            <strong>{accessWords[choice]}</strong>
            <span className="contact-hint">{hints[choice]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
