import type { TrafficSettings } from "../api/privacy.ts";

export type SettingName = keyof TrafficSettings;

/** A setting that is a number: its unit, and which are possible (as config/traffic-schema.ts of the router has them). */
export interface Amount {
  name:
    | "captureMegabytes"
    | "captureTotalMegabytes"
    | "historyMegabytes"
    | "keepSecondsDays"
    | "keepMinutesDays";
  label: string;
  unit: "MB" | "days";
  least: number;
  most: number;
}

export const AMOUNTS: readonly Amount[] = [
  { name: "historyMegabytes", label: "Last 24 hours in full detail", unit: "MB", least: 32, most: 2048 },
  { name: "keepSecondsDays", label: "Every second", unit: "days", least: 0, most: 30 },
  { name: "keepMinutesDays", label: "Every minute", unit: "days", least: 0, most: 400 },
  { name: "captureMegabytes", label: "Latest packets of each device", unit: "MB", least: 0, most: 50 },
  {
    name: "captureTotalMegabytes",
    label: "Packets of all devices together",
    unit: "MB",
    least: 0,
    most: 4096,
  },
];

export const AUDIENCES: Record<TrafficSettings["visibleTo"], string> = {
  owner: "Only the owner",
  household: "Everyone in the household",
};

/** What is wrong, by field. */
export function faultsOf(settings: TrafficSettings): Partial<Record<SettingName, string>> {
  const faults: Partial<Record<SettingName, string>> = {};
  for (const { name, unit, least, most } of AMOUNTS) {
    const value = settings[name];
    const fits = Number.isInteger(value) && value >= least && value <= most;
    if (!fits) faults[name] = `A whole number of ${unit} from ${least} to ${most.toLocaleString("en")}.`;
  }
  return faults;
}

/** One setting that would be another. */
export interface Change {
  name: SettingName;
  label: string;
  before: string;
  after: string;
  /** What saving it deletes; empty when nothing. */
  loss: string;
}

export function changesBetween(before: TrafficSettings, after: TrafficSettings): Change[] {
  const changes: Change[] = AMOUNTS.filter(({ name }) => before[name] !== after[name]).map((amount) => ({
    name: amount.name,
    label: amount.label,
    before: `${before[amount.name]} ${amount.unit}`,
    after: `${after[amount.name]} ${amount.unit}`,
    loss: lossOf(amount.name, before[amount.name], after[amount.name]),
  }));
  if (before.visibleTo !== after.visibleTo)
    changes.unshift({
      name: "visibleTo",
      label: "Who may see",
      before: AUDIENCES[before.visibleTo],
      after: AUDIENCES[after.visibleTo],
      loss: "",
    });
  if (!sameDevices(before.notRecorded, after.notRecorded))
    changes.push({
      name: "notRecorded",
      label: "Not recorded",
      before: devices(before.notRecorded.length),
      after: devices(after.notRecorded.length),
      loss: "",
    });
  return changes;
}

function lossOf(name: Amount["name"], before: number, after: number): string {
  // The router makes room of another shape.
  if (name === "captureMegabytes" || name === "captureTotalMegabytes")
    return "the packets that are there are deleted";
  return after < before ? "what no longer fits is deleted" : "";
}

function sameDevices(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((mac) => b.includes(mac));
}

function devices(count: number): string {
  return count === 0 ? "none" : `${count} ${count === 1 ? "device" : "devices"}`;
}
