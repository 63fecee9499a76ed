/** nft refused a ruleset; the message is nft's own. */
export declare class RulesetError extends Error {}

/** Loads `text` with `nft -f -`: one transaction, all or nothing. Throws RulesetError. */
export declare function applyRuleset(text: string): void;

/** Whether the running kernel has nft's `queue` statement (CONFIG_NFT_QUEUE); false where it cannot be probed. */
export declare function hasQueueStatement(): boolean;
