/**
 * A UDP socket that stays: `udp.ts PORT ADDRESS:PORT` sends one datagram to the echo service and prints every datagram
 * it gets, one JSON object a line. Run as a client.
 */
const [port = "0", remote = ""] = process.argv.slice(2);
const [address = "", remotePort = ""] = remote.split(":");

const socket = await Bun.udpSocket({
  port: Number(port),
  socket: {
    data(_, data, port, address) {
      console.log(JSON.stringify({ from: { address, port }, payload: data.toString() }));
    },
  },
});
socket.send("hello", Number(remotePort), address);
