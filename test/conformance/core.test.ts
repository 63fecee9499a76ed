import { describe, test } from "bun:test";
import { CoreRouter } from "./core-router.ts";
import { nameOf, SUITE } from "./suite.ts";

/** The suite on the engine; fragments and the like, which are the kernel's work, are left to the kernel's run. */
describe("NAT conformance, the engine", () => {
  for (const requirement of SUITE.filter(({ kind }) => kind !== "kernel")) {
    test(nameOf(requirement), () => requirement.run(new CoreRouter()));
  }
});
