import { join } from "node:path";

/** The checkout. */
export const checkout = join(import.meta.dir, "..");

/** A file of the build. */
export const built = (...path: string[]) => join(checkout, "build", ...path);

/** The words in front of the arguments of a toolbox program. */
export function toolbox(program: string): string[] {
  return [join(checkout, "image/in-toolbox"), program];
}
