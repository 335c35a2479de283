/**
 * Characters from strangers that must not reach a terminal. Control characters can move the cursor or change
 * the title; line separators, text direction characters and zero-width characters can disguise a line.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes control and formatting characters for terminal output, except line breaks and tabs. Log messages
 * may contain text from peers, such as names and close reasons.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (char) => (char === '\n' || char === '\t' ? char : escaped(char)));
}

/**
 * Serializes a value as JSON that is safe to print on a terminal and parses to the same value. `indent` is
 * the number of spaces; without it, the JSON is on one line.
 */
export function printableJson(value: unknown, indent?: number): string {
  // Line breaks are not escaped. They can only come from the layout that `indent` produces, because JSON
  // strings contain no raw line breaks.
  return JSON.stringify(value, null, indent).replace(UNSAFE, (char) =>
    char === '\n' ? char : char.split('').map(jsonEscape).join(''),
  );
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}

/** Returns the JSON escape of one UTF-16 unit. */
function jsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
