import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { hasQueueStatement } from "../../../runtime/src/linux/nftables/ruleset.ts";
import { Namespace } from "../linux-namespace.ts";

const ROOT = join(import.meta.dir, "../../..");
const GOLDEN = join(ROOT, "runtime/src/render/golden/nat");
const NFT = {
  "this machine's nft": ["nft"],
  "the image's nft": [join(ROOT, "image/in-toolbox"), "nft"],
};

const namespace = Namespace.create();
afterAll(() => namespace.close());

const rulesets = [...new Glob("*.nft").scanSync(GOLDEN)].toSorted();
const hasQueue = namespace.run(hasQueueStatement);

test.each(Object.entries(NFT))(
  "%s takes every ruleset, and each over every other",
  async (_, nft) => {
    expect(rulesets.length).toBeGreaterThan(5);
    for (const former of rulesets) {
      namespace.command([...nft, "flush", "ruleset"]);
      for (const name of [former, ...rulesets]) {
        const text = await Bun.file(join(GOLDEN, name)).text();
        // Kernels without the statement get these rules otherwise.
        const known = hasQueue ? text : text.replaceAll(/^ *queue .*$/gm, "");
        namespace.command([...nft, "-f", "-"], known);
      }
    }
  },
  60_000,
);
