import type { Mac } from "@gatehouse/runtime/addr/mac.ts";
import type { DnsQuestion, TrafficNotice } from "@gatehouse/runtime/service/traffic/source.ts";
import { EPISODES, type Pair, spanOf } from "./scripted-day.ts";
import { type Resident, START } from "./scripted-home.ts";

const MINUTE = 60_000;

/** One notice of each kind, for those devices that are there. */
export function noticesOf(home: readonly Resident[]): TrafficNotice[] {
  const upload = spanOf(EPISODES.upload);
  const place = spanOf(EPISODES.newPlace);
  const told: (Omit<TrafficNotice, "id" | "device"> & { hostName: string })[] = [
    {
      hostName: "leila-laptop",
      kind: "new-device",
      at: START - 9 * MINUTE,
      text: "A new device joined: الحاسوب المحمول لِليلى",
      hint: "If nobody in the home knows it, change the Wi-Fi passphrase.",
      evidence: { from: START - 9 * MINUTE, to: START },
    },
    {
      hostName: "ps5-3f",
      kind: "port-scan",
      at: START - 47 * MINUTE,
      text: "Game console tried 214 ports of devices at home within a minute",
      hint: "Some games look for others at home. If none was running, look at what the device does.",
      evidence: { from: START - 48 * MINUTE, to: START - 46 * MINUTE },
    },
    {
      hostName: "thermostat-hall",
      kind: "new-place",
      at: place.from + 2_000,
      text: "Thermostat talked to isp.example, where it never was before",
      hint: "Most often an update of the device. If it goes on, ask the maker what it sends there.",
      evidence: { ...place, remote: "198.51.100.90", domain: "isp.example" },
    },
    {
      hostName: "doorbell-cam",
      kind: "upload",
      at: upload.from + 4 * MINUTE,
      text: "Doorbell sent 690 MB to 203.0.113.218, fourteen times what it sends on other nights",
      hint: "A camera that sends pictures where it did not before may have been taken over. Pause it and look.",
      evidence: { ...upload, remote: "203.0.113.218" },
    },
  ];
  return told.flatMap(({ hostName, ...notice }) => {
    const resident = home.find(({ device }) => device.hostName === hostName);
    if (resident === undefined) return [];
    return [{ ...notice, id: `${notice.kind}-${hostName}`, device: resident.device.mac as Mac }];
  });
}

/** What a device asked lately: the names of its remotes over and over, and some that do not exist. */
export function questionsOf(pairs: readonly Pair[]): DnsQuestion[] {
  const asked = pairs.filter(({ key }) => key.evidence === "asked");
  if (asked.length === 0) return [];
  return Array.from({ length: 40 }, (_, i): DnsQuestion => {
    const { key } = asked[i % asked.length]!;
    const at = START - i * i * 1_700 - 900;
    const isIPv6 = key.remote.includes(":");
    const question = { at, name: key.name ?? "", type: isIPv6 ? "AAAA" : "A" };
    if (i % 9 === 5) return { ...question, type: "HTTPS", outcome: "no answer", addresses: [] };
    if (i % 11 === 7)
      return { ...question, name: "wpad.home.example", outcome: "no such name", addresses: [] };
    return { ...question, outcome: "answered", addresses: [key.remote] };
  });
}
