/**
 * Runs the data plane on the socket that is its argument, as `gatehouse dataplane` does, until its standard input ends:
 * with the program that started it, however that ends.
 */
import { runDataplane } from "../../runtime/src/service/dataplane/server.ts";

const { failed } = runDataplane({ socketPath: process.argv[2] ?? "" });
failed.then((error) => {
  console.error(error.message);
  process.exit(1);
});
await Bun.stdin.text();
process.exit(0);
