/** The page with hot reload against a scripted router: `bun ui/dev.ts [devices]`, then open the printed address. */
import { createServer } from "vite";
import { createApi } from "../runtime/src/api/api.ts";
import { ScriptedRouter } from "../test/harness/scripted-router.ts";

const router = new ScriptedRouter({ devices: Number(process.argv[2] ?? 12), internet: "online" });
setInterval(() => router.tick(), 100);
const { server } = createApi(router, new Map(), { domain: "lan", guard: router.access.guard }).listen({
  hostname: "127.0.0.1",
  port: 0,
});

const vite = await createServer({
  root: import.meta.dir,
  server: {
    proxy: {
      "^/api/(status|devices|counters|access|traffic|captures|nat|live|docs/json)": {
        target: `http://127.0.0.1:${server?.port}`,
        ws: true,
      },
    },
  },
});
await vite.listen();
vite.printUrls();
