/** How far a session has come, for people: UDP's are always "active". */
export type SessionState = "opening" | "established" | "closing" | "reset" | "active";
