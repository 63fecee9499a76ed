import type { Status } from "../api/router.ts";

/** The first thing a person reads: how things are, and what to do if they are not well. */
export interface Headline {
  mood: "good" | "attention" | "trouble";
  text: string;
  advice: string;
  /** The notice that is told here already. */
  notice?: string;
}

/** One sentence about the whole home. */
export function headline(status: Status): Headline {
  const { wan, nat, wifi, notices } = status;
  const port = wan.interface ?? "the Internet port";
  switch (wan.state) {
    case "no-port":
      return trouble(
        "There is no port for the Internet.",
        "This machine needs a second Ethernet port, or a USB adapter. The home network works.",
      );
    case "no-cable":
      return trouble(
        "The Internet cable is unplugged.",
        `Check the cable in ${port} and that the modem is on. The home network works.`,
      );
    case "no-address":
      return trouble(
        "The provider gives no address.",
        "Restart the modem and wait two minutes. The home network works.",
      );
    case "disabled":
      return trouble("The Internet is switched off.", "It is off in the settings. The home network works.");
  }
  if (nat.state === "stopped") {
    return trouble(
      "New connections have to wait.",
      "What is open goes on. The router is starting its address translation.",
    );
  }
  if (wifi.state === "failed") {
    return { mood: "attention", text: "The Wi-Fi did not start.", advice: wifi.explanation };
  }
  const worst =
    notices.find(({ severity }) => severity === "error") ??
    notices.find(({ severity }) => severity === "warning");
  if (worst !== undefined)
    return { mood: "attention", text: `${worst.text}.`, advice: worst.hint, notice: worst.id };
  return { mood: "good", text: "Everything works.", advice: "" };
}

/** What to do to see a first device. */
export function invitation({ wifi }: Status): string {
  return wifi.state === "on"
    ? `Plug one in or join the Wi-Fi${wifi.name === null ? "" : ` “${wifi.name}”`}. It appears here at once.`
    : "Plug one in. It appears here at once.";
}

function trouble(text: string, advice: string): Headline {
  return { mood: "trouble", text, advice };
}
