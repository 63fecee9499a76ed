import { openLive } from "../api/router.ts";
import { backoff } from "./backoff.ts";
import { home } from "./home.svelte.ts";

/** The router says something at least every four seconds; this much silence means it cannot be reached. */
const SILENCE_MS = 9_000;

/** The live stream, kept open: it reconnects by itself. */
class Connection {
  phase = $state<"connecting" | "live" | "lost">("connecting");
  readonly isLost = $derived(this.phase === "lost");
  /** Whole seconds until the next try; 0 while trying. */
  retryIn = $state(0);

  private attempt = 0;
  private end: () => void = () => {};
  private timer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    this.open();
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.retryNow();
    });
  }

  /** Tries at once instead of waiting. */
  retryNow(): void {
    if (this.phase === "lost" && this.retryIn > 0) this.open();
  }

  private open(): void {
    clearTimeout(this.timer);
    this.retryIn = 0;
    this.end = openLive({
      event: (event) => {
        this.phase = "live";
        this.attempt = 0;
        this.expectMore();
        home.apply(event);
      },
      closed: () => this.lose(),
    });
    this.expectMore();
  }

  private expectMore(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose(), SILENCE_MS);
  }

  private lose(): void {
    this.end();
    this.phase = "lost";
    clearTimeout(this.timer);
    this.countDown(Math.ceil(backoff(this.attempt++, Math.random) / 1000));
  }

  private countDown(seconds: number): void {
    this.retryIn = seconds;
    if (seconds > 0) this.timer = setTimeout(() => this.countDown(seconds - 1), 1_000);
    else this.open();
  }
}

export const connection = new Connection();
