import { expect, test } from "bun:test";
import type { FolderChange } from "../../linux/storage/folder.ts";
import type { Rendered } from "../../render/render.ts";
import { Applier, ApplyError, type Machine } from "./apply.ts";

/** A machine of maps that remembers what was done to it, in order; `broken` names the part that refuses. */
function fakeMachine() {
  const done: string[] = [];
  const folders = {
    networkd: new Map<string, string>(),
    hostapd: new Map<string, string>(),
    ppp: new Map<string, string>(),
  };
  const state = { broken: "" };
  const refuse = (part: string) => {
    if (state.broken === part) throw new Error(`no ${part}`);
  };
  const synchronise = (
    area: keyof typeof folders,
    files: readonly { name: string; text: string }[],
  ): FolderChange => {
    const old = folders[area];
    folders[area] = new Map(files.map(({ name, text }) => [name, text]));
    return {
      written: files.filter(({ name, text }) => old.get(name) !== text).map(({ name }) => name),
      removed: [...old.keys()].filter((name) => !folders[area].has(name)),
    };
  };
  const machine: Machine = {
    applyRuleset: (text) => {
      refuse("nft");
      done.push(`nft ${text}`);
    },
    setSysctls: (wanted) => {
      done.push("sysctl");
      return { changed: [], refused: wanted.map(({ key }) => ({ key, reason: "EROFS" })) };
    },
    synchroniseUnits: (files) => {
      done.push("units");
      return synchronise("networkd", files);
    },
    reloadNetworkd: async () => {
      refuse("networkd");
      done.push("reload");
    },
    accessPoints: {
      bring: async (files) => {
        refuse("hostapd");
        done.push("hostapd");
        const change = synchronise("hostapd", files);
        return { ...change, restarted: change.written };
      },
      restart: async (files) => void done.push(`restart ${files.map(({ name }) => name)}`),
    },
    pppLinks: {
      bring: async (files) => {
        refuse("pppd");
        done.push("ppp");
        return synchronise("ppp", files);
      },
    },
  };
  return { machine, state, done: () => done.splice(0) };
}

const wanted: Rendered = {
  firewall: "closed",
  sysctl: [{ key: "net/x", value: "1" }],
  networkd: [{ name: "wan.network", text: "dhcp" }],
  hostapd: [{ name: "wlan0.conf", text: "channel=6" }],
  ppp: [{ name: "fibre.conf", text: "mtu 1492" }],
};

test("the firewall is in force before anything else, and a second application changes nothing", async () => {
  const { machine, done } = fakeMachine();
  const applier = new Applier(machine);
  const warnings = ["The kernel parameter net/x could not be set (EROFS)."];
  expect([await applier.apply(wanted), done()]).toEqual([
    {
      changes: [
        "firewall: loaded",
        "networkd: wrote wan.network",
        "pppoe: wrote fibre.conf",
        "hostapd: wrote wlan0.conf",
      ],
      warnings,
    },
    ["nft closed", "sysctl", "units", "reload", "ppp", "hostapd"],
  ]);
  expect([await applier.apply(wanted), done()]).toEqual([
    { changes: [], warnings },
    ["sysctl", "units", "ppp", "hostapd"],
  ]);
  expect((await applier.apply({ ...wanted, hostapd: [], firewall: "open" })).changes).toEqual([
    "firewall: loaded",
    "hostapd: removed wlan0.conf",
  ]);
  expect(applier.counts).toEqual({ networkdReloads: 1, accessPointRestarts: 1 });
});

test("the access points that run can be restarted", async () => {
  const { machine, done } = fakeMachine();
  const applier = new Applier(machine);
  await applier.apply(wanted);
  done();
  await applier.restartAccessPoints();
  expect([done(), applier.counts.accessPointRestarts]).toEqual([["restart wlan0.conf"], 2]);
});

test("when the firewall is refused nothing else is touched", async () => {
  const { machine, state, done } = fakeMachine();
  state.broken = "nft";
  const failure = await new Applier(machine).apply(wanted).catch((error) => error);
  expect([failure instanceof ApplyError, failure.message, done()]).toEqual([
    true,
    "applying the firewall: no nft",
    [],
  ]);
});

test("units that networkd did not take up are offered again", async () => {
  const { machine, state, done } = fakeMachine();
  const applier = new Applier(machine);
  state.broken = "networkd";
  await expect(applier.apply(wanted)).rejects.toThrow("applying the units of networkd: no networkd");
  state.broken = "";
  done();
  expect((await applier.apply(wanted)).changes).toEqual([
    "pppoe: wrote fibre.conf",
    "hostapd: wrote wlan0.conf",
  ]);
  expect(done()).toContain("reload");
});

test.each([
  ["hostapd", "Wi-Fi could not be brought up: no hostapd."],
  ["pppd", "Signing in to the provider could not be started: no pppd."],
])("%s that fails leaves the cables working", async (part, warning) => {
  const { machine, state } = fakeMachine();
  state.broken = part;
  expect((await new Applier(machine).apply(wanted)).warnings).toContain(warning);
});
