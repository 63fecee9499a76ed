/** What to tell the hostapd of one network, in order. */
export interface Amendment {
  /** The interface of the network. */
  network: string;
  commands: string[];
}

/** Lines that a network takes while it runs; each is always present in its section. */
const AMENDABLE = new Set(["ssid2", "wpa_passphrase", "ignore_broadcast_ssid", "ap_isolate"]);

/**
 * How the access point that runs with the file `before` is brought to `after` without stopping: only those networks whose name,
 * passphrase, hiding or isolation changed lose their stations. Undefined where more has changed.
 *
 * hostapd 2.10's own ways are coarser: RELOAD and SIGHUP send away the stations of every network of the radio, and pass over changes
 * of channel and bridge. RELOAD_WPA_PSK derives the keys of one network anew, for WPA2 and WPA3; stations that remember a former key
 * (PMKSA) are forgotten and sent away, so that who does not know the new passphrase is out.
 */
export function amendments(before: string, after: string): Amendment[] | undefined {
  const [old, wanted] = [sections(before), sections(after)];
  if (old.length !== wanted.length) return undefined;
  const found: Amendment[] = [];
  for (const [i, { network, lines }] of wanted.entries()) {
    const former = old[i]!;
    const changed = lines.filter((line, j) => line !== former.lines[j]);
    const isSame = network === former.network && lines.length === former.lines.length;
    const canAmend = changed.every((line) => AMENDABLE.has(keyOf(line)));
    const keysMatch = lines.every((line, j) => keyOf(line) === keyOf(former.lines[j] ?? ""));
    if (!isSame || !canAmend || !keysMatch) return undefined;
    if (changed.length > 0) found.push({ network, commands: commandsFor(changed) });
  }
  return found;
}

function commandsFor(changed: readonly string[]): string[] {
  const settings = changed.map((line) => `SET ${keyOf(line)} ${line.slice(keyOf(line).length + 1)}`);
  return [...settings, "RELOAD_WPA_PSK", "PMKSA_FLUSH", "UPDATE_BEACON", "DEAUTHENTICATE ff:ff:ff:ff:ff:ff"];
}

/** The file's sections, one for each network; the first has the radio's own lines, too. */
function sections(text: string): { network: string; lines: string[] }[] {
  return text.split(/^(?=bss=)/m).map((section) => ({
    network: /^(?:interface|bss)=(.*)$/m.exec(section)?.[1] ?? "",
    // Blanks at the end of a passphrase are part of it.
    lines: section.replace(/\n$/, "").split("\n"),
  }));
}

function keyOf(line: string): string {
  return line.split("=", 1)[0]!;
}
