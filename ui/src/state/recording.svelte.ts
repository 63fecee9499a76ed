import type { NoAnswer } from "../api/answer.ts";
import { readSettings, type TrafficSettings, writeSettings } from "../api/privacy.ts";
import { forget } from "../api/recorded.ts";
import { Asked } from "./asked.svelte.ts";

/** Whether one device is recorded, and what was recorded of it. */
export class Recording {
  readonly settings = new Asked<TrafficSettings>(readSettings, 30_000);
  isBusy = $state(false);
  /** Why the last change was not made. */
  fault = $state.raw<NoAnswer | null>(null);

  constructor(private readonly mac: string) {}

  get isOff(): boolean {
    return this.settings.answer?.notRecorded.includes(this.mac) ?? false;
  }

  /** Changes that alone: which others are not recorded is read anew, as somebody may have changed it. */
  async record(isRecorded: boolean): Promise<void> {
    this.isBusy = true;
    this.fault = null;
    try {
      const { notRecorded } = await readSettings();
      const others = notRecorded.filter((mac) => mac !== this.mac);
      await writeSettings({ notRecorded: isRecorded ? others : [...others, this.mac] });
      await this.settings.again();
    } catch (reason) {
      this.fault = reason as NoAnswer;
    }
    this.isBusy = false;
  }

  async forget(): Promise<void> {
    await forget(this.mac);
  }
}
