/** What must survive a reboot: configuration, leases, memories. */
export const STATE = process.env.GATEHOUSE_STATE ?? "/var/lib/gatehouse";
/** Sockets and what need not survive. */
export const RUN = process.env.GATEHOUSE_RUN ?? "/run/gatehouse";
