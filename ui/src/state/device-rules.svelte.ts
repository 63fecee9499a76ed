import type { NoAnswer } from "../api/answer.ts";
import {
  changeDevice,
  changeGroup,
  type DevicePolicy,
  type GroupPolicy,
  type Rules,
  readPolicy,
} from "../api/policy.ts";
import { Asked } from "./asked.svelte.ts";

const NONE: DevicePolicy["rules"] = {
  paused: false,
  offline: [],
  download: null,
  upload: null,
  group: null,
};

/** Whether one device may use the Internet, when and how fast, and its group. */
export class DeviceRules {
  readonly now = new Asked(readPolicy, 10_000);
  isBusy = $state(false);
  /** Why the last change was not made, and whose it was. */
  fault = $state.raw<{ whose: "device" | "group"; answer: NoAnswer } | null>(null);

  /** Null until it is known. */
  readonly device = $derived.by((): Omit<DevicePolicy, "mac"> | null => {
    if (this.now.answer === null) return null;
    const free = { state: "online", whose: null, sentence: "online", until: null } as const;
    const known = this.now.answer.devices.find(({ mac }) => mac === this.mac);
    return known ?? { ...free, download: null, upload: null, rules: NONE };
  });
  /** The group that it is in. */
  readonly group = $derived.by((): GroupPolicy | undefined => {
    const name = this.device?.rules.group;
    return this.now.answer?.groups.find((group) => group.name === name);
  });
  readonly groups = $derived(this.now.answer?.groups.map(({ name }) => name) ?? []);

  constructor(private readonly mac: string) {}

  /** Whether it was done. A group that is not there is made first. */
  changeDevice(rules: Partial<DevicePolicy["rules"]>): Promise<boolean> {
    return this.change("device", async () => {
      const { group } = rules;
      if (typeof group === "string" && !this.groups.includes(group)) await changeGroup(group, {});
      await changeDevice(this.mac, rules);
    });
  }

  changeGroup(name: string, rules: Partial<Rules>): Promise<boolean> {
    return this.change("group", () => changeGroup(name, rules));
  }

  /** What is wrong with a field, by its path. */
  faultOf(whose: "device" | "group", path: string): string | undefined {
    if (this.fault?.whose !== whose) return undefined;
    return this.fault.answer.fields.find(({ field }) => field === path)?.reason;
  }

  private async change(whose: "device" | "group", act: () => Promise<void>): Promise<boolean> {
    this.isBusy = true;
    this.fault = null;
    try {
      await act();
      await this.now.again();
      return true;
    } catch (answer) {
      this.fault = { whose, answer: answer as NoAnswer };
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
