import { afterAll, beforeAll, beforeEach, describe, test } from "bun:test";
import { DEFAULT_TIMERS } from "../../runtime/src/nat/timers.ts";
import { KernelRouter } from "../conformance/kernel-router.ts";
import type { Lifetimes, Requirement } from "../conformance/router.ts";
import { nameOf, SUITE } from "../conformance/suite.ts";

/** Long enough that a busy machine does not confuse one with another, short enough to wait for, in milliseconds. */
const SCALED: Lifetimes = {
  udp: 8000,
  tcpTransitory: 8000,
  tcpEstablished: 13_000,
  icmpQuery: 8000,
  association: 8000,
  quarantine: 5000,
};

const PATHS = ["offload", "inline"] as const;
/** Milliseconds that one test may take. */
const LIMIT = 60_000;

/** Tests that wait for a lifetime run all at once, on a router for each path. */
describe("NAT conformance, the kernel, both paths", () => {
  const routers: KernelRouter[] = [];

  beforeAll(async () => {
    for (const path of PATHS) routers.push(new KernelRouter(path, SCALED));
    await Promise.all(routers.map((router) => router.renew()));
  });

  afterAll(() => Promise.all(routers.map((router) => router.close())));

  for (const requirement of SUITE.filter(({ kind }) => kind === "timed")) {
    const run = () => Promise.all(routers.map((router) => runOn(router, requirement)));
    test.concurrent(nameOf(requirement), run, LIMIT);
  }
});

describe.each(PATHS)("NAT conformance, the kernel, %s path", (path) => {
  let router: KernelRouter;

  beforeAll(() => {
    router = new KernelRouter(path, DEFAULT_TIMERS);
  });

  beforeEach(() => router.renew());

  afterAll(() => router.close());

  for (const requirement of SUITE.filter(({ kind }) => kind !== "timed")) {
    test(nameOf(requirement), () => requirement.run(router), LIMIT);
  }
});

/** Says on which path a test failed. */
async function runOn(router: KernelRouter, requirement: Requirement): Promise<void> {
  try {
    await requirement.run(router);
  } catch (error) {
    throw new Error(`on the ${router.path} path`, { cause: error });
  }
}
