import { expect, setDefaultTimeout, test } from "bun:test";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { HIDDEN, hideSecrets } from "../../config/secrets.ts";
import { type Backup, passphraseFault, readBackup, writeBackup } from "./backup.ts";

// Deriving a key takes as long as it is meant to.
setDefaultTimeout(60_000);

const EXPORTED = "2023-11-14T22:13:20.000Z";
const PASSPHRASE = "über den Zaun";
const config = parsed({
  version: 2,
  hostname: "den",
  wans: [{ mode: "pppoe", pppoe: { user: "me", password: "dsl secret" } }],
  wifi: { networks: [{ name: "Home", passphrase: "correct horse" }] },
});

function parsed(document: unknown): Config {
  const result = parseConfig(document);
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return result.config;
}

/** Bytes that are the same in each run. */
const counted = (count: number) => Uint8Array.from({ length: count }, (_, i) => i);
const write = (passphrase?: string) => writeBackup(config, passphrase, 1_700_000_000_000, counted);
/** As a file takes it. */
const stored = async (passphrase?: string): Promise<Backup> =>
  JSON.parse(JSON.stringify(await write(passphrase)));
/** The field that is at fault, or "document" when there is one. */
async function verdict(file: unknown, passphrase?: string | null): Promise<string> {
  const read = await readBackup(file, passphrase);
  return "fault" in read ? `${read.fault.path}: ${read.fault.message}` : "document";
}

const WRONG =
  "passphrase: this passphrase does not open the file, or the file was changed after it was exported";
const DAMAGED = "file: the file is damaged";
const STRANGE = "file: the file is no exported configuration";

test("a file with a passphrase has the whole configuration, and none of its secrets in clear", async () => {
  const file = await stored(PASSPHRASE);
  expect(JSON.stringify(file)).not.toMatch(/dsl secret|horse|Zaun/);
  expect(file).toMatchObject({
    gatehouse: "configuration",
    format: 1,
    exported: EXPORTED,
    secrets: {
      cipher: "aes-256-gcm",
      derivation: "scrypt",
      N: 32_768,
      r: 8,
      p: 3,
      salt: "AAECAwQFBgcICQoLDA0ODw==",
      nonce: "AAECAwQFBgcICQoL",
    },
  });
  expect(await readBackup(file, PASSPHRASE)).toEqual({ document: config, exported: EXPORTED });
  expect(await readBackup(file, PASSPHRASE.normalize("NFD"))).toEqual({
    document: config,
    exported: EXPORTED,
  });
});

test("without a passphrase the secrets are left out, and parsing says which have to be given again", async () => {
  const file = await stored();
  expect([file.secrets, file.document]).toEqual([null, hideSecrets(config)]);
  const read = await readBackup(file, undefined);
  const result = parseConfig("document" in read ? read.document : undefined);
  expect("faults" in result && result.faults.map(({ path, fix }) => [path, fix])).toEqual([
    ["wans.0.pppoe.password", "give it again"],
    ["wifi.networks.0.passphrase", "give it again"],
  ]);
});

test("a locked file asks for its passphrase, or gives what is not secret to who has lost it", async () => {
  const file = await stored(PASSPHRASE);
  expect([
    await verdict(file),
    await verdict(file, "another one"),
    await verdict(file, ""),
    await readBackup(file, null),
  ]).toEqual([
    "passphrase: the secrets in this file are locked",
    WRONG,
    WRONG,
    { document: hideSecrets(config), exported: EXPORTED },
  ]);
});

test("whatever of the file is changed, its secrets do not open", async () => {
  const file = await stored(PASSPHRASE);
  const secrets = file.secrets!;
  const document = file.document as Config;
  const flipped = (text: string, at: number) => {
    const bytes = Buffer.from(text, "base64");
    bytes[at]! ^= 1;
    return bytes.toString("base64");
  };
  const length = Buffer.from(secrets.data, "base64").length;
  const changed: unknown[] = [
    { ...file, exported: "2023-11-14T22:13:21.000Z" },
    { ...file, document: { ...document, hostname: "elsewhere" } },
    {
      ...file,
      document: { ...document, wans: [{ ...document.wans[0]!, pppoe: { user: "you", password: HIDDEN } }] },
    },
    { ...file, secrets: { ...secrets, N: 16_384 } },
    { ...file, secrets: { ...secrets, p: 1 } },
    { ...file, secrets: { ...secrets, salt: flipped(secrets.salt, 3) } },
    { ...file, secrets: { ...secrets, nonce: flipped(secrets.nonce, 11) } },
    ...[0, length - 17, length - 1].map((at) => ({
      ...file,
      secrets: { ...secrets, data: flipped(secrets.data, at) },
    })),
    { ...file, secrets: { ...secrets, data: secrets.data.slice(0, -4) } },
  ];
  expect(await Promise.all(changed.map((each) => verdict(each, PASSPHRASE)))).toEqual(
    changed.map(() => WRONG),
  );
});

test("what would cost the router its memory or its time is no file of ours", async () => {
  const file = await stored(PASSPHRASE);
  const secrets = file.secrets!;
  const greedy = [
    { N: 2 ** 20 },
    { N: 16_385 },
    { N: 0 },
    { r: 64 },
    { p: 5 },
    { p: 0 },
    { p: 1.5 },
    { salt: "AAAA" },
    { salt: "" },
    { nonce: "A".repeat(64) },
    { data: "A".repeat(100_000) },
    { data: "" },
    { data: `no base64!${"A".repeat(30)}` },
    { derivation: "pbkdf2" },
    { cipher: "aes-256-cbc" },
  ];
  const files = greedy.map((part) => ({ ...file, secrets: { ...secrets, ...part } }));
  expect(await Promise.all(files.map((each) => verdict(each, PASSPHRASE)))).toEqual(files.map(() => DAMAGED));
});

test("files of another kind, another program's or of the future are told apart", async () => {
  const file = await stored();
  expect(
    await Promise.all(
      [
        null,
        7,
        "x",
        [],
        {},
        { gatehouse: 1 },
        config,
        { ...file, format: 2 },
        { ...file, format: 0 },
        { gatehouse: "configuration" },
      ].map((each) => verdict(each)),
    ),
  ).toEqual([
    ...new Array(7).fill(STRANGE),
    "file: the file was written by a newer Gatehouse",
    DAMAGED,
    DAMAGED,
  ]);
});

test("a document of an earlier version comes back as it was written", async () => {
  const document = { version: 1, wifi: { name: "Home", passphrase: HIDDEN } };
  expect(await readBackup({ ...(await stored()), document }, undefined)).toEqual({
    document,
    exported: EXPORTED,
  });
});

test("a passphrase may be chosen by its length in characters", () => {
  const faults = [
    "",
    "ninechars",
    "tencharact",
    "🔑".repeat(9),
    "🔑".repeat(10),
    "a".repeat(1024),
    "a".repeat(1025),
  ];
  expect(faults.map((text) => passphraseFault(text)?.path)).toEqual([
    "passphrase",
    "passphrase",
    undefined,
    "passphrase",
    undefined,
    undefined,
    "passphrase",
  ]);
});
