import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * Reads a text file that a user may have written with any editor or shell. The text is UTF-8. If the file starts with a byte
 * order mark, which is not part of the result, it may also be UTF-16, as written by `>` in Windows PowerShell 5.
 *
 * @throws Error of the file system; `readProblem` describes it
 */
export async function readTextFile(path: string): Promise<string> {
  return decodeText(await readFile(path));
}

/**
 * Like `readTextFile`, for code that cannot wait.
 *
 * @throws Error of the file system; `readProblem` describes it
 */
export function readTextFileSync(path: string): string {
  return decodeText(readFileSync(path));
}

function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  // https://www.unicode.org/faq/utf_bom#bom4. A TextDecoder omits the byte order mark of its own encoding.
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}
