import { type Static, Type } from "@sinclair/typebox";
import { Trial } from "./outcome.ts";
import { OneOf, Shape } from "./shape.ts";

const Revision = Type.Integer({
  minimum: 0,
  description: "Number of the newest revision; 0 for the defaults",
});
const Document = Type.Unknown({
  description:
    "The configuration document, of this or an earlier version; secrets are shown as •••••••• and, sent back so, stay as they are",
});
const Tested = Type.Union([Trial, Type.Null()], { description: "Null: no change is being tried" });

export const Configuration = Shape(
  {
    revision: Revision,
    document: Document,
    trial: Tested,
  },
  "What the router shall be; while it is on trial, the revision is the one that returns",
);

export const Tried = Shape({ trial: Tested }, "The change that is being tried");

export const Proposal = Shape(
  {
    document: Document,
    revision: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: "The revision it was made from; the change is refused when that is no longer the newest",
      }),
    ),
    why: Type.Optional(
      Type.String({ maxLength: 200, description: "What the change is for, in a few words" }),
    ),
  },
  "A change of the configuration",
);

export const Checked = Shape(
  {
    trial: Type.Boolean({
      description: "The change would have to be confirmed, for it may cut its maker off",
    }),
    address: Type.String({ description: "Where the router would be reached, and the change confirmed" }),
    formerAddress: Type.String({ description: "Where it is reached now" }),
  },
  "What a document would do",
);

export const Decision = Shape(
  {
    id: Type.String({ description: "The trial's" }),
    decision: OneOf(
      ["keep", "return"],
      "keep: the change stays; return: the former configuration is back at once",
    ),
  },
  "What shall become of the change that is being tried",
);

export const Decided = Shape({ revision: Revision }, "The newest revision, which is in effect");

export type Configuration = Static<typeof Configuration>;
export type Proposal = Static<typeof Proposal>;
export type Checked = Static<typeof Checked>;
export type Decision = Static<typeof Decision>;
