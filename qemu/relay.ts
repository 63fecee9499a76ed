import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";

/** Passes every connection on to another address until the server is closed. */
export function relay(to: NetConnectOpts): Server {
  return createServer((from: Socket) => {
    const onward = connect(to);
    const end = () => {
      from.destroy();
      onward.destroy();
    };
    for (const side of [from, onward]) side.on("error", end).on("close", end);
    from.pipe(onward).pipe(from);
  });
}

// As a program inside a namespace: relay.ts SOCKET ADDRESS PORT passes connections on to TCP.
if (import.meta.main) {
  const [path, host, port] = process.argv.slice(2);
  relay({ host: host!, port: Number(port) }).listen({ path: path! }, () => console.log("ready"));
}
