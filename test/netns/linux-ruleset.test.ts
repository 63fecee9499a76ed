import { afterAll, expect, test } from "bun:test";
import { queueHop } from "../../runtime/src/linux/nftables/queue-hop.ts";
import { applyRuleset, hasQueueStatement, RulesetError } from "../../runtime/src/linux/nftables/ruleset.ts";
import { Namespace } from "./linux-namespace.ts";

const namespace = Namespace.create();
afterAll(() => namespace.close());

const OPTIONS = {
  hook: "postrouting",
  chain: "upcall",
  queue: 7,
  mark: 0x10,
  mask: 0xf0,
  bypass: true,
} as const;

function ruleset(): string {
  return namespace.command(["nft", "list", "ruleset"]);
}

test("a ruleset is loaded whole or not at all, and nft says why", () => {
  namespace.run(() => applyRuleset("table ip kept { }\n"));
  const broken = "table ip home { }\nadd rule ip home nowhere accept\n";
  expect(() => namespace.run(() => applyRuleset(broken))).toThrow(RulesetError);
  expect(() => namespace.run(() => applyRuleset(broken))).toThrow(
    /^nft -f -: [\s\S]*add rule ip home nowhere/,
  );
  expect(ruleset()).toBe("table ip kept {\n}\n");
});

test("the probe agrees with the kernel and leaves nothing behind", () => {
  const before = ruleset();
  const has = namespace.run(hasQueueStatement);
  const { chainText } = queueHop(OPTIONS, true);
  let loads = true;
  try {
    namespace.run(() => applyRuleset(`table ip home {\n${chainText}}\n`));
    namespace.command(["nft", "delete", "table", "ip", "home"]);
  } catch (error) {
    // Refused by the kernel for what it lacks, not by nft's parser.
    expect(String(error)).toContain("Could not process rule: No such file or directory");
    loads = false;
  }
  expect([has, ruleset()]).toEqual([loads, before]);
});

test("the xtables spelling is installed once and removed whole", () => {
  const hop = queueHop(OPTIONS, false);
  const rules = () =>
    namespace.command("iptables-nft -t mangle -S POSTROUTING".split(" ")).trim().split("\n");
  namespace.run(() => hop.install());
  namespace.run(() => hop.install());
  expect(rules()).toEqual([
    "-P POSTROUTING ACCEPT",
    "-A POSTROUTING -m mark --mark 0x10/0xf0 -j NFQUEUE --queue-num 7 --queue-bypass",
  ]);
  namespace.run(() => hop.remove());
  namespace.run(() => hop.remove());
  expect(rules()).toEqual(["-P POSTROUTING ACCEPT"]);
});
