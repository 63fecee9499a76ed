/** As the router takes them; more than this the page does not ask of a password. */
const LEAST_LENGTH = 10;
const MOST_LENGTH = 128;
export const LENGTHS = `A password has ${LEAST_LENGTH} to ${MOST_LENGTH} characters.`;
/** Four words in a row or so. */
const STRONG = 20;

export interface Strength {
  level: "short" | "enough" | "strong" | "long";
  /** 0 to 1, for a bar. */
  share: number;
  text: string;
}

/** How hard a password is to guess, by its length alone: rules about signs make worse passwords, not better ones. */
export function strengthOf(password: string): Strength {
  const length = lengthOf(password);
  const share = Math.min(1, length / STRONG);
  if (length > MOST_LENGTH)
    return { level: "long", share, text: `${length} of at most ${MOST_LENGTH} characters` };
  if (length === 0)
    return { level: "short", share, text: `At least ${LEAST_LENGTH} characters; any will do` };
  if (length < LEAST_LENGTH)
    return { level: "short", share, text: `${length} of at least ${LEAST_LENGTH} characters` };
  if (length < STRONG) return { level: "enough", share, text: "Long enough; longer is stronger" };
  return { level: "strong", share, text: "Strong" };
}

export function isLongEnough(password: string): boolean {
  const length = lengthOf(password);
  return length >= LEAST_LENGTH && length <= MOST_LENGTH;
}

function lengthOf(password: string): number {
  return [...password.normalize("NFC")].length;
}
