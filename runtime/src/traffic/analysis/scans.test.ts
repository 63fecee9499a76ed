import { expect, test } from "bun:test";
import { CAMERA, MINUTE, PHONE, Scene, type Talk, TV } from "./scene.fixture.ts";

const [TCP, UDP] = [6, 17];
const SILENT: Talk = { up: 74, upPackets: 1, down: 0, downPackets: 0 };
const REFUSED: Talk = { up: 74, upPackets: 1, down: 60, downPackets: 1 };
const VICTIM = "203.0.113.5";
const VICTIM6 = "2001:db8::5";

/** A home in which a device that is not looked at gets answers all the time. */
function scene(): Scene {
  const scene = new Scene();
  online(scene, 2 * MINUTE);
  return scene;
}

function online(scene: Scene, seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    scene.talk(TV, "198.51.100.1");
    scene.pass(1);
  }
}

/** Calls `each` for the numbers below `count`, so many a second, while the home is online. */
function spread(scene: Scene, count: number, perSecond: number, each: (number: number) => void): void {
  for (let number = 0; number < count; number++) {
    each(number);
    if (number % perSecond === perSecond - 1) online(scene, 1);
  }
  online(scene, 10);
}

test.each([
  ["IPv4, silent", VICTIM, { ...SILENT, protocol: TCP }],
  ["IPv4, refused", VICTIM, { ...REFUSED, protocol: TCP }],
  ["IPv6, silent", VICTIM6, { ...SILENT, protocol: TCP }],
  ["IPv6, UDP", VICTIM6, { ...SILENT, protocol: UDP }],
] as const)("many ports of one address are a scan: %s", (_, remote, talk) => {
  const home = scene();
  spread(home, 300, 50, (number) => home.talk(CAMERA, remote, { ...talk, port: 1 + number }));
  expect(home.said()).toEqual([`port-scan ${remote} 300`]);
});

test("one port of many addresses is a scan, also where some answer", () => {
  const home = scene();
  spread(home, 400, 20, (number) => {
    const talk = number % 40 === 0 ? REFUSED : SILENT;
    home.talk(CAMERA, `203.${number % 100}.${number >> 2}.9`, {
      ...talk,
      port: number % 9 === 0 ? 2323 : 23,
    });
  });
  expect(home.said()).toEqual([expect.stringMatching(/^port-scan 6\/23 3\d\d$/)]);
  const home6 = scene();
  spread(home6, 400, 20, (number) =>
    home6.talk(CAMERA, `2001:db8:${number.toString(16)}::1`, { ...SILENT, port: 22 }),
  );
  expect(home6.said()).toEqual([expect.stringMatching(/^port-scan 6\/22 \d+$/)]);
});

test("a scan is found where nothing else happens in the home", () => {
  const home = new Scene();
  for (let number = 0; number < 200; number++) {
    home.talk(CAMERA, `203.0.${number}.9`, { ...SILENT, port: 22 });
    home.pass(0.1);
  }
  expect(home.said()).toEqual([expect.stringMatching(/^port-scan 6\/22 \d+$/)]);
});

test("a scan that goes on, or comes again within the day, is one notice with the largest count", () => {
  const home = scene();
  for (const count of [150, 900, 200]) {
    spread(home, count, 100, (number) => home.talk(CAMERA, VICTIM, { ...SILENT, port: 1 + number }));
    online(home, 20 * MINUTE);
  }
  expect(home.said()).toEqual([`port-scan ${VICTIM} 900`]);
  const [notice] = home.analysis.notices();
  expect(notice!.to - notice!.from).toBeGreaterThan(40 * MINUTE * 1000);
});

const PRIVATE = ["10.0.0.", "172.31.0.", "192.168.9.", "100.127.0.", "169.254.1.", "fd00::", "fe80::"];

test.each([
  [
    "a traceroute",
    (home: Scene, i: number) =>
      home.talk(PHONE, VICTIM, { ...SILENT, protocol: UDP, port: 33434 + (i % 90) }),
  ],
  ["many web sites", (home: Scene, i: number) => home.talk(PHONE, `203.${i % 9}.${i % 250}.${i % 7}`)],
  [
    "name lookups of one's own",
    (home: Scene, i: number) =>
      home.talk(PHONE, `203.1.${i % 250}.53`, {
        protocol: UDP,
        port: 53,
        up: 80,
        upPackets: 1,
        down: i % 3 ? 180 : 0,
        downPackets: i % 3 ? 1 : 0,
      }),
  ],
  [
    "private addresses",
    (home: Scene, i: number) =>
      home.talk(PHONE, `${PRIVATE[i % PRIVATE.length]}${i % 250}`, { ...SILENT, port: 4001 }),
  ],
  [
    "pings",
    (home: Scene, i: number) => home.talk(PHONE, `203.1.${i % 250}.9`, { ...SILENT, protocol: 1, port: 0 }),
  ],
  [
    "retries at a dead server from ever new ports",
    (home: Scene, i: number) => home.talk(PHONE, VICTIM, { ...SILENT, port: 32_768 + i }),
  ],
  [
    "long silence after an answer",
    (home: Scene, i: number) => home.talk(PHONE, `203.1.${i % 200}.9`, i < 200 ? {} : SILENT),
  ],
  [
    "a connection to each of many ports that is served",
    (home: Scene, i: number) => home.talk(PHONE, VICTIM, { port: 1000 + i }),
  ],
])("%s is no scan", (_, each) => {
  const home = scene();
  spread(home, 2000, 15, (i) => each(home, i));
  expect(home.said()).toEqual([]);
});

const AWAY = -1;

/** Peers of a swarm, of which `answered` of 100 are there: the client asks each by its own low port. */
function lookUp(home: Scene, i: number, answered: number): void {
  const lookup: Talk = { protocol: UDP, port: 6881, up: 145, upPackets: 1 };
  const answer = isThere(i, answered) ? { down: 320, downPackets: 1 } : { down: 0, downPackets: 0 };
  home.talk(PHONE, peer(i), { ...lookup, ...answer });
}

/** The client connects to the peers; some of those that are not there refuse. */
function connect(home: Scene, i: number, answered: number): void {
  const port = i % 6 === 0 ? 6881 : 1024 + ((i * 7919) % 60_000);
  const vain = i % 5 > 0 || answered === AWAY ? SILENT : REFUSED;
  home.talk(PHONE, peer(i), { port, ...(isThere(i, answered) ? { up: 20_000, down: 300_000 } : vain) });
}

function fileSharing(home: Scene, i: number, answered: number): void {
  lookUp(home, i, answered);
  connect(home, i, answered);
}

const isThere = (i: number, answered: number) => (i * 7919) % 100 < answered;
const peer = (i: number) => `${60 + (i % 90)}.${(i * 31) % 250}.${(i * 17) % 250}.${1 + (i % 200)}`;

test.each([
  [15, 5],
  [15, 30],
  [20, 30],
  [35, 30],
  [60, 30],
])(
  "file sharing with %d percent of its peers there, %d a second, is no scan, nor is it while the Internet is away",
  (share, perSecond) => {
    const home = scene();
    spread(home, 600 * perSecond, perSecond, (i) => fileSharing(home, i, share));
    expect(home.said()).toEqual([]);
    for (let second = 0; second < 10 * MINUTE; second++) {
      for (let i = 0; i < perSecond; i++) fileSharing(home, second * perSecond + i, AWAY);
      home.talk(TV, "198.51.100.1", SILENT);
      home.pass(1);
    }
    spread(home, 180 * perSecond, perSecond, (i) => fileSharing(home, i, share));
    expect(home.said()).toEqual([]);
  },
);

test.each([
  ["that looks its peers up", 30, fileSharing],
  ["that only connects", 15, connect],
])(
  "file sharing %s, %d a second, alone in a home whose Internet goes away and comes back, is no scan",
  (_, perSecond, share) => {
    const home = new Scene();
    for (let second = 0; second < 20 * MINUTE; second++) {
      const isAway = second > 5 * MINUTE && second < 15 * MINUTE;
      for (let i = 0; i < perSecond; i++) share(home, second * perSecond + i, isAway ? AWAY : 30);
      home.pass(1);
    }
    expect(home.said()).toEqual([]);
  },
);
