import type { ElysiaOpenAPIConfig } from "@elysiajs/openapi";
import { LiveEvent } from "./model.ts";

/** What the OpenAPI document says beyond the routes; a WebSocket is no operation there, so it is written out. */
export const documentation: NonNullable<ElysiaOpenAPIConfig["documentation"]> = {
  info: {
    title: "Gatehouse",
    version: "1",
    description: "What the router knows, for programs of the home. Every answer is JSON.",
  },
  tags: [
    { name: "Router", description: "The router itself" },
    { name: "Devices", description: "Who is in the home network" },
    { name: "Access", description: "Who may see and change what" },
    { name: "NAT", description: "What is open between the home and the Internet" },
    { name: "Traffic", description: "Who talked to whom, and how much" },
    { name: "Live", description: "What happens now" },
  ],
  paths: {
    "/api/live": {
      get: {
        operationId: "live",
        tags: ["Live"],
        summary: "Live stream (WebSocket)",
        description:
          "Sends status and devices at the start and when they change, and traffic ten times a second. " +
          "A client that reads slowly gets fewer messages with the same sums.",
        responses: {
          "101": {
            description: "The connection is a WebSocket now; each text message is one LiveEvent",
            content: { "application/json": { schema: LiveEvent as object } },
          },
        },
      },
    },
  },
};
