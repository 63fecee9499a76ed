/** Runs the data plane on the socket that is its argument, as `gatehouse dataplane` does. */
import { runDataplane } from "../../runtime/src/service/dataplane/server.ts";

const { failed } = runDataplane({ socketPath: process.argv[2] ?? "" });
console.error(`${await failed}`);
process.exit(1);
