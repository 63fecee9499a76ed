/**
 * A server process with the built page and a scripted router. Its argument is the script as JSON; `port` 0 takes a free
 * one. It prints its port, ticks ten times a second, and lets a minute pass at once for each line it reads.
 */
import { assets } from "../../build/ui-assets.ts";
import { createApi } from "../../runtime/src/api/api.ts";
import { type Script, ScriptedRouter } from "./scripted-router.ts";

const { port, ...script } = JSON.parse(process.argv[2] ?? "") as Script & { port: number };
const router = new ScriptedRouter(script);
const app = createApi(router, assets, { domain: "lan", guard: router.access.guard }).listen({
  hostname: "127.0.0.1",
  port,
});
setInterval(() => router.tick(), 100);
process.once("SIGTERM", () => {
  router.remove();
  process.exit(0);
});
console.log(app.server?.port);

for await (const _line of console) {
  for (let i = 0; i < 600; i++) {
    router.tick();
    // Each interval leaves on its own, as it would in a real minute.
    await new Promise(setImmediate);
  }
  console.log("a minute later");
}
