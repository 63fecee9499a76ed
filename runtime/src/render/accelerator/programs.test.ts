import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { parsePrefix } from "../../addr/prefix.ts";
import type { Program } from "./assembler.ts";
import { type AcceleratorInput, inboundProgram, outboundProgram } from "./programs.ts";

/** After a change that is meant, write them anew with `GOLDEN=write bun test runtime/src/render` and read the difference. */
const GOLDEN = join(import.meta.dir, "../golden/accelerator");

const home: AcceleratorInput = {
  wan: { interface: 2, address: parseIPv4("198.51.100.1")!, mtu: 1500 },
  lans: [{ interface: 5, prefix: parsePrefix("192.168.77.1/24")! }],
  mapped: [],
  maps: { bound: 10, renumbered: 11, carried: 12 },
};
const guests = { interface: 6, prefix: parsePrefix("192.168.78.1/24")! };
const elaborate: AcceleratorInput = {
  ...home,
  wan: { ...home.wan, mtu: 1492 },
  lans: [...home.lans, guests],
  mapped: [parseIPv4("198.51.100.7")!],
};

const programs: Record<string, Program> = {
  outbound: outboundProgram(home, home.lans[0]!),
  inbound: inboundProgram(home),
  "outbound-short-packets": outboundProgram(elaborate, guests),
  "inbound-short-packets": inboundProgram(elaborate),
};

for (const [name, { listing }] of Object.entries(programs)) {
  test(`the accelerator's program, ${name}`, async () => {
    const path = join(GOLDEN, `${name}.bpf`);
    if (process.env.GOLDEN === "write") writeFileSync(path, listing);
    expect(listing).toBe(await Bun.file(path).text());
  });
}
