import fc from "fast-check";

/** A preload of `make fuzz`: every property test of the run starts from FUZZ_SEED. */
const seed = Number(process.env.FUZZ_SEED);
if (!Number.isInteger(seed)) throw new Error("FUZZ_SEED is no integer");
fc.configureGlobal({ seed });
