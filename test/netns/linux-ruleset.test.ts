import { afterAll, expect, test } from "bun:test";
import { NetlinkSocket } from "../../runtime/src/linux/netlink/socket.ts";
import {
  installQueueTargets,
  type QueueRule,
  queueStatement,
} from "../../runtime/src/linux/nftables/queue-rule.ts";
import { applyRuleset, hasQueueStatement, RulesetError } from "../../runtime/src/linux/nftables/ruleset.ts";
import { Namespace } from "./linux-namespace.ts";

const namespace = Namespace.create();
afterAll(() => namespace.close());

const RULE: QueueRule = { chain: "upcall", queue: 7, bypass: true };

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
  let loads = true;
  try {
    namespace.run(() => applyRuleset(`table ip home { chain upcall { ${queueStatement(RULE)}; }; }\n`));
    namespace.command(["nft", "delete", "table", "ip", "home"]);
  } catch (error) {
    // Refused by the kernel for what it lacks, not by nft's parser.
    expect(String(error)).toContain("Could not process rule: No such file or directory");
    loads = false;
  }
  expect([has, ruleset()]).toEqual([loads, before]);
});

test("the xtables spelling is one rule, however often it is installed", () => {
  namespace.run(() => applyRuleset("table ip home { chain upcall { }; }\n"));
  const socket = namespace.run(() => NetlinkSocket.open("netfilter"));
  for (let i = 0; i < 2; i++) installQueueTargets(socket, "home", [RULE]);
  socket.close();
  // nft tells it in the words of its own statement.
  expect(namespace.command(["nft", "list", "table", "ip", "home"])).toBe(
    "table ip home {\n\tchain upcall {\n\t\tqueue num 7 bypass\n\t}\n}\n",
  );
});
