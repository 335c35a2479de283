import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * Reads a text file from any editor or shell, without its byte order mark. The file must be UTF-8, or UTF-16
 * with a byte order mark, which is what `>` writes in Windows PowerShell 5.
 *
 * @throws Error from the file system; `readProblem` describes it
 */
export async function readTextFile(path: string): Promise<string> {
  return decodeText(await readFile(path));
}

/**
 * Like `readTextFile`, for synchronous code.
 *
 * @throws Error from the file system; `readProblem` describes it
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
