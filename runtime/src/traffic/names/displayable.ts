/** Characters of the longest text of a name; the longest domain name has 253 (RFC 1035 section 2.3.4). */
export const MAX_NAME_TEXT = 253;

/** Enough of a name to see that it is too long. */
const READ = MAX_NAME_TEXT + 2;
const ESCAPE_LENGTH = 4;
const UTF_8 = new TextEncoder();

/**
 * A name that a stranger chose, as text that does no harm wherever it is shown or written: small letters, digits, "-", "_" and
 * "."; every other octet stands as \DDD, as DNS writes it (RFC 1035 section 5.1), so that control characters, what turns the
 * direction of text around, markup and bytes that are no UTF-8 are seen as what they are. International names stay in their
 * "xn--" form, which no lookalike letters can forge. Without final dot; of a longer name the start and "…".
 *
 * Octets are taken as they are. Text is taken as UTF-8 with its own \DDD left as they stand: what is displayable stays as it is.
 */
export function displayableName(name: Uint8Array | string): string {
  const escaped = typeof name === "string" ? escapedText(name) : escapedOctets(name);
  const text = escaped.toLowerCase().replace(/\.+$/, "");
  if (text.length <= MAX_NAME_TEXT) return text;
  // No half of an escape is left before the mark.
  return `${text.slice(0, MAX_NAME_TEXT - 1).replace(/\\\d{0,2}$/, "")}…`;
}

function escapedText(name: string): string {
  const unsafe = /…$|\\(?:[01]\d\d|2[0-4]\d|25[0-5])|[^a-z0-9_.-]/giu;
  return name.slice(0, READ).replace(unsafe, (match, at, all) => {
    const isCutMark = match === "…" && at === all.length - 1;
    return isCutMark || match.length === ESCAPE_LENGTH ? match : escapedOctets(UTF_8.encode(match));
  });
}

function escapedOctets(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets.subarray(0, READ)) {
    const character = String.fromCharCode(octet);
    text += /[a-z0-9_.-]/i.test(character) ? character : `\\${octet.toString().padStart(3, "0")}`;
  }
  return text;
}
