import { useEffect, useState } from 'react';

/** How long a button confirms that the text was copied, in milliseconds. */
const COPIED_MS = 2500;

/** Returns whether text was copied a moment ago, and the function to call after copying. */
export function useCopied(): [copied: boolean, markCopied: () => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return [copied, () => setCopied(true)];
}
