/** From one title to the other, in milliseconds: slow enough to read, quick enough to be seen from the side. */
const EVERY_MS = 1_000;

/**
 * Says in the page's title who calls, by turns with a mark: a browser may keep the ringing silent until the first
 * click, and a tab behind others shows nothing else. Returns what ends it; the title is then the caller's to set.
 */
export function flashTitle(name: string, on: { title: string } = document): () => void {
  const titles = [`☎ ${name} is calling`, '● ● ● Iroh Live'] as const;
  let turn = 0;
  const show = (): void => {
    on.title = titles[turn % 2 === 0 ? 0 : 1];
    turn += 1;
  };
  show();
  const timer = setInterval(show, EVERY_MS);
  return () => clearInterval(timer);
}
