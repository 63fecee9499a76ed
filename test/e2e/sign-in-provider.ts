import type { Agent } from "@gatehouse/qemu/agent.ts";

/** What the provider of the line knows. */
export const line = {
  /** The router's port towards it; one end of a pair of virtual cables inside the guest. */
  port: "isp0",
  vlan: 7,
  user: "home#1@provider.example",
  password: "a \"b\\c' $d#",
  /** The provider's end of each connection. */
  gateway: "192.0.2.1",
  /** The addresses it gives. */
  network: "192.0.2.",
  dns: "203.0.113.53",
  /** A server of the Internet behind it, whose page says who asks. */
  web: "203.0.113.80",
};

/** Where the guest mounts the lab's tools; its writable folders are in memory. */
const tools = "/run/lab-tools";
const within = "ip netns exec isp";

const mounts = `
mountpoint -q ${tools} || {
  mkdir -p ${tools}
  mount -t erofs -o ro /dev/disk/by-id/virtio-tools ${tools}
  mount -t tmpfs tmpfs ${tools}/run
  mount -t proc proc ${tools}/proc
  mount --rbind /dev ${tools}/dev
}
mount -t tmpfs -o mode=700 tmpfs ${tools}/etc/ppp`;

const cables = `
ip netns add isp
ip link add ${line.port} type veth peer name isp1 netns isp
ip -n isp link set lo up
ip -n isp link set isp1 mtu 1600 up
ip -n isp link add link isp1 name access mtu 1508 type vlan id ${line.vlan}
ip -n isp link set access up
ip -n isp addr add ${line.dns}/32 dev lo
ip -n isp addr add ${line.web}/32 dev lo`;

/** Words of pppd's files in double quotes. */
const quoted = (word: string) => `"${word.replace(/["\\]/g, "\\$&")}"`;

const secrets = (password: string) => `
cat >${tools}/etc/ppp/chap-secrets <<'END'
${quoted(line.user)} * ${quoted(password)} *
END`;

const servers = `
cat >${tools}/etc/ppp/server-options <<'END'
require-chap
ms-dns ${line.dns}
lcp-echo-interval 5
lcp-echo-failure 3
noccp
novj
END
mkdir -p ${tools}/run/www/cgi-bin
cat >${tools}/run/www/cgi-bin/source <<'END'
#!/bin/sh
echo "Content-type: text/plain"
echo
echo "$REMOTE_ADDR"
END
chmod +x ${tools}/run/www/cgi-bin/source
${within} chroot ${tools} busybox httpd -p ${line.web}:80 -h /run/www
# In the kernel: without, it would need a shell, which these tools do not have by that name.
${within} chroot ${tools} bash -c 'pppoe-server -k -g /usr/lib/pppd/*/pppoe.so -I access -C lab -L ${line.gateway} \\
  -R ${line.network}100 -N 4 -O /etc/ppp/server-options'`;

/**
 * A provider that has its customers sign in, on a VLAN: pppoe-server and a web server, in a network namespace inside the router's
 * own machine, because the kernel that runs the lab may know no PPP.
 */
export class SignInProvider {
  private constructor(private readonly agent: Agent) {}

  static async open(agent: Agent): Promise<SignInProvider> {
    await agent.sh([mounts, secrets(line.password), cables, servers].join("\n"));
    return new SignInProvider(agent);
  }

  /** From now on the line's password is `password`; who is signed in is thrown out. */
  async expect(password: string): Promise<void> {
    await this.agent.sh(`${secrets(password)}\n${within} chroot ${tools} busybox killall pppd`);
  }

  /** Whether it answers what comes over the line. It says nothing when it does not: cable and sign-in stay. */
  async answers(answers: boolean): Promise<void> {
    await this.agent.sh(`ip -n isp addr ${answers ? "add" : "del"} ${line.web}/32 dev lo`);
  }
}
