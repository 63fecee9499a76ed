import { isLocallyAdministered, type Mac, macFromNumber } from "../../addr/mac.ts";
import { serviceOf } from "../names/service.ts";
import type { NewDevice, NewPlace, Notice, NoticeKind, PortScan, Upload } from "./notice.ts";

/** A notice for people. */
export interface WordedNotice {
  id: string;
  kind: NoticeKind;
  at: number;
  device: Mac;
  /** One sentence. */
  text: string;
  /** What it means and what to do. */
  hint: string;
  evidence: { from: number; to: number; remote?: string; domain?: string };
}

/** Says a notice of the device that the owner knows as `name`. */
export function worded(notice: Notice, name: string): WordedNotice {
  const { id, kind, at, from, to } = notice;
  const device = macFromNumber(notice.device);
  const { text, hint } = wordsOf(notice, name, device);
  const evidence = { from, to, ...("place" in notice && notice.place) };
  return { id, kind, at, device, text, hint, evidence };
}

interface Words {
  text: string;
  hint: string;
}

function wordsOf(notice: Notice, name: string, device: Mac): Words {
  switch (notice.kind) {
    case "new-device":
      return newDevice(notice, name, device);
    case "new-place":
      return newPlace(notice, name);
    case "upload":
      return upload(notice, name);
    case "port-scan":
      return portScan(notice, name);
  }
}

function newDevice({ more }: NewDevice, name: string, device: Mac): Words {
  const isPrivate = isLocallyAdministered(device);
  const others = more === 0 ? "" : `, and ${counted(more, "other device", "other devices")} soon after`;
  const known = isPrivate
    ? "It may be a phone or laptop you know: those change their address now and then (private address)."
    : "If it is yours, there is nothing to do.";
  return {
    text: `A new device joined: ${name}${others}`,
    hint: `${known} If nobody in the home knows it, change the Wi-Fi passphrase.`,
  };
}

function newPlace({ place, usual, more }: NewPlace, name: string): Words {
  const others = more === 0 ? "" : ` and ${counted(more, "other place", "other places")}`;
  return {
    text: `${name} talked to ${place.domain ?? place.remote}${others}, where it never was before`,
    hint: `So far it kept to ${counted(usual, "place", "places")}. Most often this is an update. If it goes on, ask the maker what it sends there.`,
  };
}

function upload({ bytes, usual, place }: Upload, name: string): Words {
  const goal = place === undefined ? "" : `, mostly to ${place.domain ?? place.remote}`;
  const habit =
    usual < 1e6
      ? "It hardly sends anything at this time."
      : `At this time it used to send ${volume(usual)} at most.`;
  return {
    text: `${name} sent ${volume(bytes)} within an hour${goal}, far more than it is used to`,
    hint: `${habit} A backup or a shared video looks like this. If you know of none, look where it went.`,
  };
}

function portScan({ count, place, protocol, port }: PortScan, name: string): Words {
  const meaning = "Programs that test networks do this, and so do infected devices (port scan).";
  const advice = "If you did not start it, take the device off the network and have it checked.";
  if (place !== undefined) {
    return {
      text: `${name} knocked at ${count} doors of ${place.remote}, and hardly any was opened`,
      hint: `It tried ${count} ports of that computer within a minute. ${meaning} ${advice}`,
    };
  }
  const service = serviceOf(protocol ?? 0, port ?? 0, 0).words;
  return {
    text: `${name} knocked at ${count} computers on the Internet, and hardly any answered`,
    hint: `It tried ${service}, port ${port}, at each of them within a minute. ${meaning} ${advice}`,
  };
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Decimal prefixes, three significant figures at most. */
function volume(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ["GB", 1e9] : ["MB", 1e6];
  const amount = bytes / size;
  return `${amount >= 100 ? Math.round(amount) : Number(amount.toPrecision(3))} ${unit}`;
}
