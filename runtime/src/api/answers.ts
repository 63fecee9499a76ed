import { Fault } from "./model.ts";

/** What an address without a JSON answer of its own answers, for the OpenAPI document: its success, and JSON for each fault. */
export function answers(status: 200 | 204, description: string, mediaTypes: string[], faults: number[]) {
  const content = Object.fromEntries(
    mediaTypes.map((type) => [type, { schema: { type: "string" as const } }]),
  );
  const fault = {
    description: Fault.description ?? "",
    content: { "application/json": { schema: Fault as object } },
  };
  return {
    [status]: { description, ...(mediaTypes.length > 0 && { content }) },
    ...Object.fromEntries(faults.map((code) => [code, fault])),
  };
}
