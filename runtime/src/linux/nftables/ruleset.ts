/** A ruleset command failed; the message holds the command and its own words. */
export class RulesetError extends Error {
  override name = "RulesetError";
}

/** Loads `text` with `nft -f -`: one transaction, all or nothing. Throws RulesetError. */
export function applyRuleset(text: string): void {
  runRulesetCommand(["nft", "-f", "-"], text);
}

/**
 * Whether the running kernel has nft's `queue` statement (CONFIG_NFT_QUEUE). Throws RulesetError when it cannot
 * be asked.
 */
export function hasQueueStatement(): boolean {
  // The first check tells a kernel without the statement from a caller without the right to ask, or without
  // nft.
  checkRuleset(probe(""));
  try {
    checkRuleset(probe("queue to 0"));
    return true;
  } catch {
    return false;
  }
}

/** Lets the kernel judge `text` without keeping it. */
function checkRuleset(text: string): void {
  runRulesetCommand(["nft", "-c", "-f", "-"], text);
}

function probe(statement: string): string {
  return `table ip gatehouse_probe {
  chain probe {
    type filter hook postrouting priority 0
    ${statement}
  }
}
`;
}

/** Runs a ruleset command to its end with `input` as its standard input. Throws RulesetError. */
export function runRulesetCommand(words: string[], input = ""): void {
  const command = words.join(" ");
  let result: Bun.SyncSubprocess<"ignore", "pipe">;
  try {
    const options = { stdin: Buffer.from(input), stdout: "ignore", stderr: "pipe" } as const;
    result = Bun.spawnSync(words, { ...options, env: { ...process.env, LC_ALL: "C" } });
  } catch (error) {
    throw new RulesetError(`${command}: cannot be run (${(error as Error).message})`);
  }
  if (result.exitCode !== 0) throw new RulesetError(`${command}: ${result.stderr.toString().trim()}`);
}
