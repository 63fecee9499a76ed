/** Exit statuses of pppd (pppd(8), EXIT STATUS) that say something to the owner of the line. */
const FAULTS: Record<number, string> = {
  2: "the options for signing in were refused; the log says why.",
  4: "this system cannot do PPPoE.",
  8: "no provider answers PPPoE on its port; is the cable in the modem, and the VLAN right?",
  10: "the provider and the router could not agree on how to talk.",
  15: "the provider no longer answered; signing in again.",
  16: "the provider ended the connection; signing in again.",
  17: "the line leads back to the router itself.",
  19: "the provider refused the user name or the password; correct them.",
};

/** Why signing in failed; undefined while it did not. `exit` is pppd's status, null while it runs. */
export function signInFault(exit: number | null): string | undefined {
  if (exit === null || exit === 0 || exit === 5) return undefined;
  return FAULTS[exit] ?? `signing in ended with status ${exit} of pppd; the log says why.`;
}
