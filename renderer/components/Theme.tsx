import { useEffect } from 'react';
import { useSettings } from '../state/context.ts';
import { useMediaQuery } from '../state/readable.ts';

/** The ground colours of both themes, for the frame that the system draws (`--ground` in tokens.css). */
const frame = { light: '#f6f4ef', dark: '#131615' } as const;

/** Puts the theme that the person or the system chose on the document. */
export function Theme(): null {
  const { theme } = useSettings();
  const systemDark = useMediaQuery('(prefers-color-scheme: dark)');
  const dark = theme === 'dark' || (theme === 'system' && systemDark);
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
      meta.content = dark ? frame.dark : frame.light;
      // One colour counts now, whatever the system prefers.
      meta.removeAttribute('media');
    }
  }, [dark]);
  return null;
}
