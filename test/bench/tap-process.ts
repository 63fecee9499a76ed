/**
 * A tap on br-lan in a process of its own: `tap-process.ts <mode> <folder>`. Its report says what it has seen and taken.
 *
 * counters: 128 bytes of each frame, for the devices' sums and the NAT's activity; heads: recording of 128 bytes, too; all: what
 * the data plane does; whole: never cuts long frames.
 */
import { parsePrefix } from "../../runtime/src/addr/prefix.ts";
import { cutPackets } from "../../runtime/src/linux/ffi/packet-filter.ts";
import { ReadySet } from "../../runtime/src/linux/ffi/ready-set.ts";
import { FakeFastPath } from "../../runtime/src/nat/fake-fast-path.ts";
import { Nat } from "../../runtime/src/nat/nat.ts";
import { Recording } from "../../runtime/src/service/dataplane/recording.ts";
import { Taps } from "../../runtime/src/service/dataplane/taps.ts";
import { createLog } from "../../runtime/src/service/log.ts";
import { serve } from "../netns/program.ts";
import { LAN_ADDRESS } from "../netns/topology.ts";
import type { TapMode, TapReport } from "./tap-course.ts";

const HEADS = 128;
const WHOLE = 65_553;
/** Milliseconds between two looks at whether it shall end. */
const TURN = 20;

const [mode = "all", folder = ""] = process.argv.slice(2) as [TapMode, string];
const log = createLog("tap");
const recording = new Recording(folder, log);
if (mode !== "counters") recording.apply();
const taps = new Taps(new Nat({ fastPath: new FakeFastPath(), random: Math.random }), recording, log);
taps.open("br-lan");
taps.retain(["br-lan"], [parsePrefix(`${LAN_ADDRESS}/24`)!]);
if (mode !== "all") cutPackets(taps.fds[0]!, mode === "whole" ? WHOLE : HEADS);
const ready = new ReadySet(taps.fds);

function turn(): void {
  const end = performance.now() + TURN;
  for (let hasMore = false, now = performance.now(); now < end; now = performance.now()) {
    ready.wait(hasMore ? 0 : Math.ceil(end - now));
    hasMore = taps.read(now);
  }
  setImmediate(turn);
}

turn();
const started = process.cpuUsage();
serve((): TapReport => {
  const { user, system } = process.cpuUsage(started);
  return { ...taps.stats, cpuMicroseconds: user + system };
});
