/** Prints a step that has ended, with its time. */
export function printStep(step: string, duration: number): void {
  console.log(`${(duration / 1000).toFixed(1).padStart(7)} s  ${step}`);
}
