import { expect, test } from "bun:test";
import fc from "fast-check";
import { DOMAIN } from "../../runtime/src/api/traffic-filter.ts";
import { displayableName } from "../../runtime/src/traffic/names/displayable.ts";
import { registrableDomain } from "../../runtime/src/traffic/names/domain.ts";

test("every domain that names are grouped by can be asked for as it is told", () => {
  const octets = fc.uint8Array({ minLength: 1, maxLength: 300 });
  const labels = fc.array(fc.stringMatching(/^[a-z0-9_-]{1,20}$/), { minLength: 1, maxLength: 6 });
  const name = fc.oneof(
    octets.map(displayableName),
    labels.map((parts) => displayableName([...parts, "co", "uk"].join("."))),
    labels.map((parts) => displayableName(parts.join("."))),
  );
  fc.assert(
    fc.property(name, (text) => {
      fc.pre(text !== "");
      const domain = registrableDomain(text);
      expect(DOMAIN.parse(domain)).toBe(domain);
    }),
    { numRuns: 2000 },
  );
});
