import type { NoAnswer } from "../api/answer.ts";
import { readSettings, type TrafficSettings, writeSettings } from "../api/privacy.ts";
import { Asked } from "./asked.svelte.ts";
import { changesBetween, faultsOf, type SettingName } from "./privacy.ts";

/** The privacy settings as they are, and as they would be after the changes that are not saved yet. */
export class Privacy {
  readonly saved = new Asked<TrafficSettings>(readSettings, 30_000);
  /** Only what was touched, so that nothing else is overwritten. */
  private touched = $state.raw<Partial<TrafficSettings>>({});
  isSaving = $state(false);
  fault = $state.raw<NoAnswer | null>(null);

  readonly draft = $derived(this.saved.answer && { ...this.saved.answer, ...this.touched });
  readonly changes = $derived(
    this.saved.answer && this.draft ? changesBetween(this.saved.answer, this.draft) : [],
  );
  /** What is wrong, by field: what can be told here, and what the router has told. */
  readonly faults = $derived({ ...refused(this.fault), ...(this.draft && faultsOf(this.draft)) });

  set<Name extends SettingName>(name: Name, value: TrafficSettings[Name]): void {
    this.fault = null;
    this.touched = { ...this.touched, [name]: value };
  }

  discard(): void {
    this.fault = null;
    this.touched = {};
  }

  async save(): Promise<void> {
    this.isSaving = true;
    this.fault = null;
    try {
      await writeSettings(this.touched);
      await this.saved.again();
      this.touched = {};
    } catch (reason) {
      this.fault = reason as NoAnswer;
    }
    this.isSaving = false;
  }
}

/** By setting; a part of a list counts as the list. */
function refused(fault: NoAnswer | null): Partial<Record<SettingName, string>> {
  return Object.fromEntries(fault?.fields.map(({ field, reason }) => [field.split(".")[0], reason]) ?? []);
}
