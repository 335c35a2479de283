import StrangerIcon from 'lucide-react/icons/user-x';
import type { JSX } from 'react';
import { NOT_A_CONTACT } from '../../../common/words/caller-identity.ts';
import { Icon } from './Icon.tsx';
import './stranger-mark.css';

/** Shows that a person is not in the user's contacts, next to a name that the person may have made up. */
export function StrangerMark(): JSX.Element {
  return (
    <span className="stranger-mark" data-testid="stranger">
      <Icon icon={StrangerIcon} size={14} /> {NOT_A_CONTACT}
    </span>
  );
}
