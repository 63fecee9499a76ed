import { type Static, Type } from "@sinclair/typebox";
import { Shape } from "./shape.ts";

/** What everybody at home may know of a change that is being tried. */
export const TrialStatus = Shape(
  {
    id: Type.String({ description: "Names the change" }),
    remainingSeconds: Type.Integer({ minimum: 0, description: "Until the former configuration returns" }),
    address: Type.String({ description: "Where the router is to be reached, and the change confirmed" }),
    moved: Type.Boolean({ description: "That is another address than before" }),
  },
  "A change that is in effect until its time is over, or for good once the owner confirms it",
);
export type TrialStatus = Static<typeof TrialStatus>;
