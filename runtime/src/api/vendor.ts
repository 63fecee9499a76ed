import oui from "oui-data" with { type: "json" };
import { isLocallyAdministered, type Mac } from "../addr/mac.ts";

/** Words of a company's legal form, which tell an owner nothing. */
const LEGAL_FORM =
  /[\s,]+(inc|incorporated|corp|corporation|company|co|ltd|limited|llc|gmbh|ag|kg|s\.?a|s\.?l|b\.?v|n\.?v|oy|ab|plc|pte|pty|kk|srl|spa)\.?$/i;

/** The maker by the IEEE register for people, "Private address" for a randomised MAC, null when unregistered. */
export function vendorOf(mac: Mac): string | null {
  if (isLocallyAdministered(mac)) return "Private address";
  const entry = (oui as Record<string, string>)[mac.slice(0, 8).replaceAll(":", "").toUpperCase()];
  return entry === undefined ? null : shortName(entry.split("\n", 1)[0] ?? "");
}

function shortName(registered: string): string {
  let name = registered.trim();
  while (LEGAL_FORM.test(name)) name = name.replace(LEGAL_FORM, "");
  return name;
}
