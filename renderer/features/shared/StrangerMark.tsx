import StrangerIcon from 'lucide-react/icons/user-x';
import type { JSX } from 'react';
import { NOT_A_CONTACT } from '../../../common/words/caller-identity.ts';
import { Icon } from './Icon.tsx';
import './stranger-mark.css';

/**
 * A mark next to the name of a person who is not in the user's contacts. Such a person could have made up the
 * name.
 */
export function StrangerMark(): JSX.Element {
  return (
    <span className="stranger-mark" data-testid="stranger">
      <Icon icon={StrangerIcon} size={14} /> {NOT_A_CONTACT}
    </span>
  );
}
