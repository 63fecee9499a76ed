import type { NoAnswer } from "../api/answer.ts";

/** Something that is tried with a password: it may be refused, and then has to wait. */
export class Attempt {
  isBusy = $state(false);
  /** Why the last try was refused, and what to do; empty when it was not. */
  fault = $state("");
  /** Seconds until the router takes another try. */
  wait = $state(0);

  /** `act` throws NoAnswer. The status of the answer when it was refused, 0 when none came; undefined when all went well. */
  async run(act: () => Promise<void>): Promise<number | undefined> {
    this.isBusy = true;
    this.fault = "";
    try {
      await act();
      return undefined;
    } catch (reason) {
      const { message, hint, retryAfter, status } = reason as NoAnswer;
      this.wait = retryAfter;
      this.countDown();
      this.fault = `${message}. ${hint}`;
      return status;
    } finally {
      this.isBusy = false;
    }
  }

  private countDown(): void {
    if (this.wait === 0) return;
    setTimeout(() => {
      this.wait--;
      this.countDown();
    }, 1_000);
  }
}
