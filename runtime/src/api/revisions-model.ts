import { type Static, Type } from "@sinclair/typebox";
import { GREATEST_PASSPHRASE, LEAST_PASSPHRASE } from "../service/store/backup.ts";
import { Milliseconds, Nullable, Shape } from "./shape.ts";

const Which = (description: string) => Type.Integer({ minimum: 0, description });

const Head = {
  number: Which("1 for the first; 0 is the router as delivered"),
  time: Milliseconds("When it was saved"),
  who: Type.String({ description: "Who made the change" }),
  why: Type.String({ description: "What for" }),
};

export const RevisionEntry = Shape(
  {
    ...Head,
    changes: Type.Union([Type.Array(Type.String()), Type.Null()], {
      description:
        "What differs from the revision before, a line each; null: not kept by the program that saved it",
    }),
    fault: Nullable(Type.String({ description: "Why it cannot be read; its other fields are empty then" })),
  },
  "A revision in the history",
);
export type RevisionEntry = Static<typeof RevisionEntry>;

export const History = Shape(
  {
    revisions: Type.Array(RevisionEntry, { description: "Newest first" }),
    next: Nullable(Type.Integer({ description: "`before` of the next page; null: there is none" })),
  },
  "Revisions of the configuration",
);
export type History = Static<typeof History>;

export const Change = Shape(
  {
    path: Type.String({
      description: "The field, entries of lists by what they are known by: lans.home.address",
    }),
    before: Nullable(Type.String({ description: "What was there; null: nothing, or a secret" })),
    after: Nullable(Type.String({ description: "What is there now; null: nothing, or a secret" })),
  },
  "One difference; of a secret neither value is told",
);
export type Change = Static<typeof Change>;

export const RevisionDetail = Shape(
  {
    ...Head,
    before: Which("The revision it is compared with"),
    changes: Type.Array(Change, { description: "What differs from that one" }),
    restoring: Type.Array(Change, { description: "What would change now if this revision came back" }),
  },
  "A revision and what it changed",
);
export type RevisionDetail = Static<typeof RevisionDetail>;

export const ExportWish = Shape(
  {
    passphrase: Type.Optional(
      Type.String({
        description: `${LEAST_PASSPHRASE} to ${GREATEST_PASSPHRASE} characters; left out, the file has no secrets`,
      }),
    ),
  },
  "How to export",
);

export const ImportWish = Shape(
  {
    file: Type.Unknown({ description: "The exported file, as JSON" }),
    passphrase: Type.Optional(
      Nullable(Type.String({ description: "What its secrets are locked with; null: they are in `secrets`" })),
    ),
    secrets: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "Secrets that the file leaves out, by their paths such as wifi.networks.0.passphrase",
      }),
    ),
  },
  "A file to import",
);
export type ImportWish = Static<typeof ImportWish>;

export const Changes = Shape({ changes: Type.Array(Change) }, "What would change");
