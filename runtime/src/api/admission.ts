/** Why a request is turned away before any route sees it. */
export interface Refusal {
  status: 403 | 421;
  error: string;
  hint: string;
}

/**
 * Admits a request only when its Host header names this router, which ends DNS rebinding: a page of a stranger whose
 * name was pointed at the router still sends the stranger's name. A WebSocket, which no same-origin rule protects,
 * must also come from a page of the very host it asks (RFC 6455 section 10.2); programs send no Origin and are let in.
 * @param names the router's own names and addresses, lower-case, without port
 */
export function refusalOf(headers: Headers, names: ReadonlySet<string>): Refusal | undefined {
  const host = headers.get("host");
  if (host === null || !names.has(hostNameOf(host))) {
    return {
      status: 421,
      error: "This router does not answer to that name",
      hint: "Open it by its address or its own name.",
    };
  }
  const origin = headers.get("origin");
  const upgrade = headers.get("upgrade")?.toLowerCase() === "websocket";
  if (upgrade && origin !== null && !sameHost(origin, host)) {
    return {
      status: 403,
      error: "Another page may not listen to this router",
      hint: "Open the router's own page.",
    };
  }
  return undefined;
}

/** The host of a Host header (RFC 9110 section 7.2) without port and trailing dot, lower-case. */
export function hostNameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

/** Whether the page that `origin` names came from the host that is asked, port included. */
export function sameHost(origin: string, host: string): boolean {
  const [page, asked] = [URL.parse(origin), URL.parse(`http://${host}`)];
  return page !== null && page.host === asked?.host;
}
