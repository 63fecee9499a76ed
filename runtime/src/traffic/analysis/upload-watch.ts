import type { FlowNames } from "./flow-names.ts";
import type { KnownDevice, KnownDevices } from "./known-devices.ts";
import type { LiveGroups } from "./live-groups.ts";
import type { Place } from "./notice.ts";
import { idOf, type NoticeBoard } from "./notice-board.ts";
import { PERIOD } from "./upload-habit.ts";

/** Less than this in an hour is never worth a notice: an evening's photos. */
const FLOOR = 200e6;
/** Times what is usual at this hour of the day: twice as much is a long call, five times is something else. */
const FACTOR = 5;
/** Times the most of any hour: a call that comes at another time than usual is none to tell. */
const FACTOR_OF_MOST = 2;
/** Days of activity to learn from: many habits are weekly. */
const LEARNING_DAYS = 7;
/** Bytes of headers per packet: an acknowledgment with options has no more. A console that downloads a game sends a gigabyte of them. */
export const HEADERS = 90;
const HOUR_SECONDS = 3600;

/** Notices devices that send far more than they use to. */
export class UploadWatch {
  readonly #groups: LiveGroups;
  readonly #names: FlowNames;
  readonly #devices: KnownDevices;
  readonly #board: NoticeBoard;

  constructor(groups: LiveGroups, names: FlowNames, devices: KnownDevices, board: NoticeBoard) {
    this.#groups = groups;
    this.#names = names;
    this.#devices = devices;
    this.#board = board;
  }

  /** Ends `periods` of PERIOD seconds, the last at `second`. */
  endPeriods(periods: number, second: number): void {
    const hour = Math.floor((second - 1) / HOUR_SECONDS) % 24;
    for (const device of this.#devices.all()) {
      for (let i = 0; i < Math.min(periods, HOUR_SECONDS / PERIOD); i++) device.upload.endPeriod(hour);
      this.#judge(device, second, hour);
    }
  }

  #judge(device: KnownDevice, second: number, hour: number): void {
    const { upload } = device;
    const bytes = upload.lastHour;
    if (bytes < FLOOR) upload.isNoticed = false;
    const usual = upload.usualAt(hour);
    const limit = Math.max(FLOOR, FACTOR * usual, FACTOR_OF_MOST * upload.most);
    if (device.activeDays < LEARNING_DAYS || bytes < limit) return;
    const id = idOf("upload", device.mac);
    const before = upload.isNoticed ? this.#board.get(id) : undefined;
    // A notice that the owner put away while it goes on has been seen.
    if (upload.isNoticed && before === undefined) return;
    upload.isNoticed = true;
    const place = before?.kind === "upload" ? before.place : this.#goalOf(device.mac);
    const at = second * 1000;
    const from = (second - HOUR_SECONDS) * 1000;
    const facts = { at, device: device.mac, from, to: at, bytes, usual };
    this.#board.post({ id, kind: "upload", ...facts, ...(place !== undefined && { place }) });
  }

  /** Where more than half of what the device sent in the last minute went. */
  #goalOf(device: number): Place | undefined {
    const groups = this.#groups;
    let [all, most, goal] = [0, 0, 0];
    groups.forEach((flow) => {
      if (groups.flows.devices[flow] !== device) return;
      const bytes = groups.upBytes(flow);
      all += bytes;
      if (bytes > most) [most, goal] = [bytes, flow];
    });
    return most > all / 2 ? this.#names.placeOf(goal) : undefined;
  }
}
