import type { Socket } from "bun";
import type { Namespace } from "./linux-namespace.ts";

/** A datagram as it arrived: its text and the sender's "address:port". */
export interface Datagram {
  text: string;
  from: string;
}

/** A UDP socket in a namespace that keeps what arrives. */
export class UdpPeer {
  readonly #arrived: Datagram[] = [];
  readonly #waiting: ((datagram: Datagram) => void)[] = [];

  private constructor(
    private readonly socket: Bun.udp.Socket<"uint8array">,
    /** Sends every datagram back with the sender's address, as a STUN server would. */
    readonly answers: boolean,
  ) {}

  static async open(namespace: Namespace, port = 0, hostname = "0.0.0.0", answers = false): Promise<UdpPeer> {
    let peer: UdpPeer | undefined;
    const socket = await namespace.run(() =>
      Bun.udpSocket({
        hostname,
        port,
        binaryType: "uint8array",
        socket: {
          // ICMP errors for earlier datagrams: tests look at the wire for them.
          error: () => {},
          data: (_, bytes, fromPort, from) => peer?.take(new TextDecoder().decode(bytes), from, fromPort),
        },
      }),
    );
    peer = new UdpPeer(socket, answers);
    return peer;
  }

  get port(): number {
    return this.socket.port;
  }

  private take(text: string, address: string, port: number): void {
    const datagram = { text, from: `${address}:${port}` };
    if (this.answers) this.socket.send(datagram.from, port, address);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(datagram);
    else waiting(datagram);
  }

  /** Whether a datagram waits to be received. */
  get hasArrived(): boolean {
    return this.#arrived.length > 0;
  }

  send(text: string, address: string, port: number): void {
    try {
      this.socket.send(text, port, address);
    } catch (error) {
      // The ICMP error of an earlier datagram, which this call has taken off the socket instead of sending.
      if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
      this.socket.send(text, port, address);
    }
  }

  /** The next datagram; undefined when none comes for `patience` milliseconds. */
  receive(patience = 2000): Promise<Datagram | undefined> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    const { promise, resolve } = Promise.withResolvers<Datagram | undefined>();
    this.#waiting.push(resolve);
    setTimeout(() => {
      const at = this.#waiting.indexOf(resolve);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      resolve(undefined);
    }, patience);
    return promise;
  }

  /** Sends and waits for what comes back. */
  async ask(text: string, address: string, port: number): Promise<Datagram | undefined> {
    const answer = this.receive();
    this.send(text, address, port);
    return answer;
  }

  close(): void {
    this.socket.close();
  }
}

/** A TCP server in a namespace that tells each client, for every line, the "address:port" it sees. */
export function tcpServer(namespace: Namespace, hostname: string, port: number): { stop(): void } {
  const listener = namespace.run(() =>
    Bun.listen({
      hostname,
      port,
      socket: { data: (client) => void client.write(`${client.remoteAddress}:${client.remotePort}\n`) },
    }),
  );
  return { stop: () => listener.stop(true) };
}

/** A TCP connection from a namespace; `port` 0 lets the kernel choose the source port. */
export class TcpPeer {
  private constructor(
    private readonly socket: Socket,
    private readonly lines: AsyncIterator<string>,
  ) {}

  static async connect(namespace: Namespace, address: string, port: number, fromPort = 0): Promise<TcpPeer> {
    const range = fromPort === 0 ? "32768 60999" : `${fromPort} ${fromPort}`;
    namespace.command(["sysctl", "-qw", `net.ipv4.ip_local_port_range=${range}`]);
    const { readable, writable } = new TransformStream<string, string>();
    const writer = writable.getWriter();
    const decoder = new TextDecoder();
    const socket = await namespace.run(() =>
      Bun.connect({
        hostname: address,
        port,
        socket: {
          data: (_, bytes) => void writer.write(decoder.decode(bytes)),
          close: () => void writer.close(),
        },
      }),
    );
    return new TcpPeer(socket, readable.values());
  }

  /** Sends a line and gives the answer; undefined when none comes for `patience` milliseconds. */
  async ask(text: string, patience = 3000): Promise<string | undefined> {
    this.socket.write(`${text}\n`);
    const answer = this.lines.next().then(({ value }) => (value as string | undefined)?.trim());
    return Promise.race([answer, Bun.sleep(patience).then(() => undefined)]);
  }

  close(): void {
    this.socket.terminate();
  }
}
