import type { ElysiaOpenAPIConfig } from "@elysiajs/openapi";
import { LiveEvent } from "./model.ts";

/** What the OpenAPI document says beyond the routes; a WebSocket is no operation there, so it is written out. */
export const documentation: NonNullable<ElysiaOpenAPIConfig["documentation"]> = {
  info: {
    title: "Gatehouse",
    version: "1",
    description:
      "What the router knows, for programs of the home. Answers are JSON, files and live traffic apart.",
  },
  tags: [
    { name: "Router", description: "The router itself" },
    { name: "Devices", description: "Who is in the home network" },
    { name: "Access", description: "Who may see and change what" },
    { name: "Rules", description: "Who may use the Internet, when and how fast" },
    { name: "NAT", description: "What is open between the home and the Internet" },
    { name: "Traffic", description: "Who talked to whom, how much and when" },
    { name: "Wi-Fi", description: "Radios, wireless networks and who has joined" },
    { name: "Captures", description: "Devices' latest frames, for Wireshark" },
    { name: "Live", description: "What happens now" },
  ],
  paths: {
    "/api/live": {
      get: {
        operationId: "live",
        tags: ["Live"],
        summary: "Live stream (WebSocket)",
        description:
          "Sends status and devices at the start and when they change, traffic ten times a second, and word of new notices. " +
          "A client that reads slowly gets fewer messages with the same sums.",
        responses: {
          "101": {
            description: "The connection is a WebSocket now; each text message is one LiveEvent",
            content: { "application/json": { schema: LiveEvent as object } },
          },
        },
      },
    },
    "/api/traffic/live": {
      get: {
        operationId: "trafficLive",
        tags: ["Live"],
        summary: "Live traffic (WebSocket)",
        description:
          'The client says whose traffic it wants, at any time anew: {"device": a MAC or null for all, "packets": true or ' +
          "false}. Ten times a second it gets the exact sums of each device and remote, and, asked for packets, the summary of " +
          "each one. What goes beyond a budget of packets, or what a client is too slow for, comes as sums alone, and the " +
          "stream says so. Messages are binary; runtime/src/wire/live describes them.",
        responses: {
          "101": { description: "The connection is a WebSocket now; each binary message is one frame" },
        },
      },
    },
  },
};
