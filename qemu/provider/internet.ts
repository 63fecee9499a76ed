/**
 * The internet as a program, run inside the provider's namespace: a web server, a UDP echo service that answers with
 * the source it saw, and a peer that sends to whom it is told over HTTP although nobody ever contacted it.
 */
import { topology } from "../topology.ts";

const { web, web6, peer } = topology.internet;
const { ports } = topology;

/** Requests of /rendezvous that wait for the others. */
let waiting: (() => void)[] = [];

/** Answers when `parties` requests are open at the same moment, so that all of them are proven to live at once. */
async function rendezvous(parties: number): Promise<void> {
  await new Promise<void>((resolve) => {
    waiting.push(resolve);
    if (waiting.length < parties) return;
    for (const release of waiting) release();
    waiting = [];
  });
}

/** Sends one datagram from the never-contacted peer. */
async function probe(query: URLSearchParams): Promise<Response> {
  const [address = "", port = ""] = (query.get("to") ?? "").split(":");
  const socket = await Bun.udpSocket({ hostname: peer.address });
  const sent = socket.send(query.get("payload") ?? "probe", Number(port), address);
  const source = { address: peer.address, port: socket.port };
  socket.close();
  return Response.json({ sent, source });
}

const page = `<!doctype html><title>${web.name}</title><h1>The web, seen from home</h1>`;

const server = Bun.serve({
  hostname: web.address,
  port: ports.web,
  idleTimeout: 60,
  routes: {
    "/": () => new Response(page, { headers: { "content-type": "text/html" } }),
    // What captive portal checks fetch.
    "/generate_204": () => new Response(null, { status: 204 }),
    "/source": (request, self) => Response.json(self.requestIP(request)),
    "/rendezvous": async (request, self) => {
      const source = self.requestIP(request);
      await rendezvous(Number(new URL(request.url).searchParams.get("parties") ?? 2));
      return Response.json(source);
    },
    "/probe": (request) => probe(new URL(request.url).searchParams),
    "/bytes": (request) => new Response(new Uint8Array(Number(new URL(request.url).searchParams.get("n")))),
  },
});

Bun.serve({
  hostname: web6.address,
  port: ports.web,
  routes: {
    "/": () => new Response(page, { headers: { "content-type": "text/html" } }),
    "/source": (request, self) => Response.json(self.requestIP(request)),
  },
});

await Bun.udpSocket({
  hostname: web.address,
  port: ports.echo,
  socket: {
    data(socket, data, port, address) {
      socket.send(JSON.stringify({ address, port, payload: data.toString() }), port, address);
    },
  },
});

console.log(`ready: http://${web.name}:${server.port}`);
