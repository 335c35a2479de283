import { useEffect } from 'react';
import { useSettings } from '../features/shared/context.ts';
import { useMediaQuery } from '../features/shared/readable.ts';

/** Applies the theme from the settings to the document. The theme `system` follows the operating system. */
export function Theme(): null {
  const { theme } = useSettings();
  const systemDark = useMediaQuery('(prefers-color-scheme: dark)');
  const dark = theme === 'dark' || (theme === 'system' && systemDark);
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [dark]);
  return null;
}
