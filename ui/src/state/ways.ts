import type { Config } from "@gatehouse/runtime/config/schema.ts";

export type WanConfig = Config["wans"][number];

/** Another way to the Internet, on a port that is still to be named. */
export function newWay(names: readonly string[]): WanConfig {
  let n = 2;
  while (names.includes(`internet-${n}`)) n++;
  return {
    name: names.includes("internet") ? `internet-${n}` : "internet",
    port: names.length === 0 ? "auto" : "",
    vlan: null,
    mac: null,
    mode: "dhcp",
    static: { address: null, gateway: null, dns: [] },
    pppoe: { user: "", password: "", service: "" },
    mtu: "auto",
    check: "auto",
    download: null,
    upload: null,
  };
}

/** The same with the way at `index` one place sooner. */
export function sooner(ways: readonly WanConfig[], index: number): WanConfig[] {
  const moved = [...ways];
  const [way] = moved.splice(index, 1);
  if (way !== undefined) moved.splice(Math.max(0, index - 1), 0, way);
  return moved;
}

/** Addresses as they are typed, between commas or blanks. */
export function addressesFrom(text: string): string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== "");
}

/** What is typed, or null where nothing is. */
export function textOrNull(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : trimmed;
}

/** A number as it is typed, or null where none is. */
export function numberOrNull({
  value,
  valueAsNumber,
}: Pick<HTMLInputElement, "value" | "valueAsNumber">): number | null {
  return value === "" || Number.isNaN(valueAsNumber) ? null : valueAsNumber;
}
