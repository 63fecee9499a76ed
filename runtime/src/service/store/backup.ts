import { createCipheriv, createDecipheriv, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Fault } from "../../config/faults.ts";
import type { Config } from "../../config/schema.ts";
import { fillHidden, givenSecrets, hideSecrets } from "../../config/secrets.ts";

/** The form of the file that this program writes; of the document in it see its own version. */
const FORMAT = 1;
/** Characters of a file that is read; the greatest document there can be is smaller. */
export const GREATEST_FILE = 1024 * 1024;
/** Whoever has the file may guess as often as they like. */
export const LEAST_PASSPHRASE = 10;
export const GREATEST_PASSPHRASE = 1024;

/** What OWASP asks of scrypt with the least memory: 32 MB for a third of a second, which a small router has. */
const COST = { N: 32_768, r: 8, p: 3 } as const;
/** AES-256-GCM: NIST SP 800-38D, 8.2 for the nonce. */
const [SALT, NONCE, KEY, TAG] = [16, 12, 32, 16];

const Base64 = (least: number, most: number) =>
  Type.String({
    pattern: "^[A-Za-z0-9+/]*={0,2}$",
    minLength: Math.ceil((least * 4) / 3),
    maxLength: Math.ceil(most / 3) * 4,
  });

/** Secrets under a passphrase. The bounds keep a file from taking the memory and the time that routing needs. */
const Locked = Type.Object({
  cipher: Type.Literal("aes-256-gcm"),
  derivation: Type.Literal("scrypt"),
  N: Type.Union([14, 15, 16].map((log) => Type.Literal(2 ** log))),
  r: Type.Literal(8),
  p: Type.Integer({ minimum: 1, maximum: 4 }),
  salt: Base64(SALT, SALT),
  nonce: Base64(NONCE, NONCE),
  data: Base64(TAG, 64 * 1024),
});

const Backup = Type.Object({
  gatehouse: Type.Literal("configuration"),
  format: Type.Literal(FORMAT),
  exported: Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T[\\d:.]{8,12}Z$" }),
  document: Type.Unknown(),
  secrets: Type.Union([Type.Null(), Locked]),
});
type Locked = Static<typeof Locked>;
/** A configuration as a file: the document with HIDDEN for each secret, and these under a passphrase, or not at all (null). */
export type Backup = Static<typeof Backup>;

/** Random bytes, of the quality of keys. */
export type RandomBytes = (count: number) => Uint8Array;

/** Why a passphrase cannot be chosen; undefined: it can. */
export function passphraseFault(passphrase: string): Fault | undefined {
  const length = [...passphrase].length;
  if (length >= LEAST_PASSPHRASE && length <= GREATEST_PASSPHRASE) return undefined;
  return {
    path: "passphrase",
    message: `a passphrase has ${LEAST_PASSPHRASE} to ${GREATEST_PASSPHRASE} characters`,
    fix: "choose another one; a few words in a row are easy to remember",
  };
}

/** `config` as a file; without a passphrase its secrets are left out. `now` is in milliseconds since 1970 UTC. */
export async function writeBackup(
  config: Config,
  passphrase: string | undefined,
  now: number,
  random: RandomBytes,
): Promise<Backup> {
  const open: Backup = {
    gatehouse: "configuration",
    format: FORMAT,
    exported: new Date(now).toISOString(),
    document: hideSecrets(config),
    secrets: null,
  };
  if (passphrase === undefined) return open;
  const [salt, nonce] = [random(SALT), random(NONCE)];
  const cipher = createCipheriv("aes-256-gcm", await derive(passphrase, salt, COST), nonce);
  cipher.setAAD(bound(open));
  const secrets = JSON.stringify(givenSecrets(config).map(({ path, value }) => [path, value]));
  const data = Buffer.concat([cipher.update(secrets, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return {
    ...open,
    secrets: {
      cipher: "aes-256-gcm",
      derivation: "scrypt",
      ...COST,
      salt: base64(salt),
      nonce: base64(nonce),
      data: base64(data),
    },
  };
}

/**
 * The document in `file`, a JSON value from anywhere, with its secrets where `passphrase` opens them; null leaves them HIDDEN. The document
 * is as unchecked as it came; `exported` says when it was written (ISO 8601).
 */
export async function readBackup(
  file: unknown,
  passphrase: string | null | undefined,
): Promise<{ document: unknown; exported: string } | { fault: Fault }> {
  const form = formFault(file);
  if (form !== undefined) return { fault: form };
  const backup = file as Backup;
  const { secrets, document, exported } = backup;
  if (secrets === null || passphrase === null) return { document, exported };
  if (passphrase === undefined) return { fault: LOCKED };
  const values = await unlock(backup, secrets, passphrase);
  return values === undefined ? { fault: WRONG } : { document: fillHidden(document, values), exported };
}

/** Undefined: the passphrase is another, or the file is not as it was written. The two cannot be told apart. */
async function unlock(
  backup: Backup,
  { N, r, p, ...texts }: Locked,
  passphrase: string,
): Promise<Map<string, string> | undefined> {
  const [salt, nonce, data] = [texts.salt, texts.nonce, texts.data].map((text) =>
    Buffer.from(text, "base64"),
  );
  if (salt?.length !== SALT || nonce?.length !== NONCE || data === undefined || data.length < TAG)
    return undefined;
  const decipher = createDecipheriv("aes-256-gcm", await derive(passphrase, salt, { N, r, p }), nonce);
  decipher.setAAD(bound(backup));
  decipher.setAuthTag(data.subarray(-TAG));
  try {
    const text = Buffer.concat([decipher.update(data.subarray(0, -TAG)), decipher.final()]).toString("utf8");
    return new Map(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function formFault(file: unknown): Fault | undefined {
  const isOurs =
    typeof file === "object" && file !== null && "gatehouse" in file && file.gatehouse === "configuration";
  if (!isOurs) {
    return {
      path: "file",
      message: "the file is no exported configuration",
      fix: "choose the file that Gatehouse gave when you exported it, gatehouse-….json",
    };
  }
  if ("format" in file && typeof file.format === "number" && file.format > FORMAT) {
    return {
      path: "file",
      message: "the file was written by a newer Gatehouse",
      fix: "update Gatehouse first",
    };
  }
  if (Value.Check(Backup, file)) return undefined;
  return {
    path: "file",
    message: "the file is damaged",
    fix: "choose another copy of it",
  };
}

/** What belongs to the secrets, so that they are not taken for those of another document. */
function bound({ format, exported, document }: Backup): Uint8Array {
  return Buffer.from(JSON.stringify([format, exported, document]), "utf8");
}

const scryptKey = promisify<
  string,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

/** Keyboards spell the same character in different ways (RFC 8265 section 4.2.2). */
function derive(
  passphrase: string,
  salt: Uint8Array,
  cost: { N: number; r: number; p: number },
): Promise<Buffer> {
  // What it takes by RFC 7914, section 2, and some room.
  const maxmem = 128 * cost.r * (cost.N + cost.p) + 1024 * 1024;
  return scryptKey(passphrase.normalize("NFC"), salt, KEY, { ...cost, maxmem });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

const LOCKED: Fault = {
  path: "passphrase",
  message: "the secrets in this file are locked",
  fix: "give the passphrase that the file was exported with, or choose to give the secrets again",
};
const WRONG: Fault = {
  path: "passphrase",
  message: "this passphrase does not open the file, or the file was changed after it was exported",
  fix: "look at what you typed, try another copy of the file, or choose to give the secrets again",
};
