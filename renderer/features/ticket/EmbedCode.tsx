import CheckIcon from 'lucide-react/icons/check';
import CopyIcon from 'lucide-react/icons/copy';
import { type JSX, useRef } from 'react';
import { Button } from '../shared/Button.tsx';
import { copyText } from '../shared/clipboard.ts';
import { embedCode } from './embed-code.ts';
import { useCopied } from './use-copied.ts';
import './ticket-card.css';

interface EmbedCodeProps {
  /** The link for watching in a browser. */
  link: string;
  /** Called with a message if copying fails. The code is then selected. */
  onProblem(message: string): void;
}

/** The code that shows the broadcast in a web page, collapsed until the user opens it. */
export function EmbedCode({ link, onProblem }: EmbedCodeProps): JSX.Element {
  const box = useRef<HTMLElement>(null);
  const [copied, markCopied] = useCopied();
  const code = embedCode(link);
  const copy = async (): Promise<void> => {
    if (await copyText(code, box.current)) markCopied();
    else onProblem('Could not copy. The code is selected, so press Ctrl+C or ⌘C.');
  };
  return (
    <details className="embedcode">
      <summary>Show the broadcast in a web page</summary>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls. */}
      <code
        ref={box}
        className="ticketcard-text"
        data-testid="embed-code"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll the box.
        tabIndex={0}
        role="group"
        aria-label="Code for a web page"
      >
        {code}
      </code>
      <Button icon={copied ? CheckIcon : CopyIcon} data-testid="copy-embed-code" onClick={() => void copy()}>
        {copied ? 'Copied' : 'Copy code'}
      </Button>
      <p className="only-read" role="status">
        {copied ? 'The code was copied.' : ''}
      </p>
    </details>
  );
}
