import StrangerIcon from 'lucide-react/icons/user-x';
import type { JSX } from 'react';
import { NOT_A_CONTACT } from '../../../common/words/caller-identity.ts';
import { Icon } from './Icon.tsx';
import './stranger-mark.css';

/** Marks a person whose name is not from the contacts, next to a name that the person may have chosen. */
export function StrangerMark(): JSX.Element {
  return (
    <span className="stranger-mark" data-testid="stranger">
      <Icon icon={StrangerIcon} size={14} /> {NOT_A_CONTACT}
    </span>
  );
}
