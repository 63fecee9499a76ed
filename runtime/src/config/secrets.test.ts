import { expect, test } from "bun:test";
import { defaultConfig, parseConfig } from "./parse.ts";
import { type Config, ConfigSchema } from "./schema.ts";
import { fillHidden, givenSecrets, HIDDEN, hideSecrets, withSecretsOf } from "./secrets.ts";

const config = parsed({
  version: 2,
  wans: [
    { mode: "pppoe", pppoe: { user: "me", password: "dsl secret" } },
    { name: "mobile", port: "wwan0" },
  ],
  wifi: {
    networks: [
      { name: "Home", passphrase: "correct horse" },
      { name: "Guests", passphrase: "battery staple" },
    ],
  },
});

function parsed(document: unknown): Config {
  const result = parseConfig(document);
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return result.config;
}

/** The fault of each path; none when the document is in order. */
function faults(document: unknown): Record<string, string> {
  const result = parseConfig(document);
  return "faults" in result ? Object.fromEntries(result.faults.map((f) => [f.path, f.message])) : {};
}

test("every secret that was given is hidden, and what was not is seen to be missing", () => {
  const hidden = hideSecrets(config);
  expect([
    hidden.wans.map(({ pppoe }) => pppoe.password),
    hidden.wifi.networks.map(({ passphrase }) => passphrase),
    hideSecrets(defaultConfig),
    givenSecrets(config),
  ]).toEqual([
    [HIDDEN, ""],
    [HIDDEN, HIDDEN],
    defaultConfig,
    [
      { path: "wans.0.pppoe.password", value: "dsl secret" },
      { path: "wifi.networks.0.passphrase", value: "correct horse" },
      { path: "wifi.networks.1.passphrase", value: "battery staple" },
    ],
  ]);
  expect(JSON.stringify(hidden)).not.toMatch(/dsl secret|horse|staple/);
});

test("what comes back hidden is what it was, and the documents given stay as they were", () => {
  const hidden = hideSecrets(config);
  const sent = structuredClone(hidden);
  expect(withSecretsOf(config, sent)).toEqual(config);
  expect(sent).toEqual(hidden);
});

test("entries are known by their names, and one that was only renamed by its place", () => {
  const hidden = hideSecrets(config);
  const [home, guests] = hidden.wifi.networks;
  const passphrases = (networks: unknown[]) =>
    parsed(withSecretsOf(config, { ...hidden, wifi: { networks } })).wifi.networks.map(
      ({ name, passphrase }) => [name, passphrase],
    );
  expect([
    passphrases([guests, home]),
    passphrases([guests]),
    passphrases([{ ...home, name: "Den" }, guests]),
    passphrases([home, { ...guests, passphrase: "a new one" }]),
    passphrases([{ ...home, passphrase: null }]),
  ]).toEqual([
    [
      ["Guests", "battery staple"],
      ["Home", "correct horse"],
    ],
    [["Guests", "battery staple"]],
    [
      ["Den", "correct horse"],
      ["Guests", "battery staple"],
    ],
    [
      ["Home", "correct horse"],
      ["Guests", "a new one"],
    ],
    [["Home", null]],
  ]);
});

test("a hidden secret that nobody knows is a fault, and never a passphrase", () => {
  const hidden = hideSecrets(config);
  const [home, guests] = hidden.wifi.networks;
  const things = { ...home, name: "Things" };
  const added = withSecretsOf(config, { ...hidden, wifi: { networks: [home, guests, things] } });
  const unknown = "is hidden, and nothing here says what it was";
  expect([faults(added), faults(withSecretsOf(defaultConfig, hidden))]).toEqual([
    { "wifi.networks.2.passphrase": unknown },
    {
      "wans.0.pppoe.password": unknown,
      "wifi.networks.0.passphrase": unknown,
      "wifi.networks.1.passphrase": unknown,
    },
  ]);
});

test("documents of an earlier version and of no form at all are taken as they come", () => {
  const first = { version: 1, wifi: { name: "Home", passphrase: HIDDEN } };
  expect(parsed(withSecretsOf(config, first)).wifi.networks[0]!.passphrase).toBe("correct horse");
  const odd = [null, 7, [], { version: 2, wifi: { networks: 7 } }, { version: 2, wans: [null, "x", 7] }];
  expect(odd.map((document) => Object.keys(faults(withSecretsOf(config, document))))).toEqual([
    [""],
    [""],
    [""],
    ["wifi.networks"],
    ["wans.0", "wans.1", "wans.2"],
  ]);
});

test("hidden secrets are filled in by their paths, and nothing else is", () => {
  const values = Object.entries({
    "wifi.networks.1.passphrase": "battery staple",
    "wans.0.pppoe.password": "dsl secret",
    "wans.1.pppoe.password": "of nothing hidden",
    hostname: "den",
    "wifi.networks.9.passphrase": "of no network",
    "wifi.__proto__.passphrase": "of no field",
    "wifi.networks.length": "2",
    "": "of nothing",
  });
  const filled = fillHidden(hideSecrets(config), new Map(values)) as Config;
  expect([givenSecrets(filled).map(({ value }) => value), filled.hostname]).toEqual([
    ["dsl secret", HIDDEN, "battery staple"],
    "gatehouse",
  ]);
  expect(fillHidden(null, new Map(values))).toBeNull();
});

test("no secret of the schema is overlooked", () => {
  const inSchema = JSON.stringify(ConfigSchema).split('"secret":true').length - 1;
  const withAll = parsed({
    version: 2,
    wans: [{ pppoe: { password: "dsl secret" } }],
    wifi: { networks: [{ passphrase: "correct horse" }] },
  });
  expect(givenSecrets(withAll)).toHaveLength(inSchema);
});
