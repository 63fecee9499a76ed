import { untrack } from "svelte";
import { readCaptures, readQuestions } from "../api/recorded.ts";
import { Asked } from "./asked.svelte.ts";
import { Destinations } from "./destinations.svelte.ts";
import { deviceDay } from "./device-day.svelte.ts";
import { DeviceRules } from "./device-rules.svelte.ts";
import { Notices } from "./notices.svelte.ts";
import { Openings } from "./openings.svelte.ts";
import { purposesOf } from "./purposes.ts";
import { Recording } from "./recording.svelte.ts";

/** Everything that is known of what one device does on the Internet. */
export class DeviceRecord {
  readonly day;
  readonly places;
  readonly questions;
  readonly openings;
  readonly recording;
  readonly rules;
  readonly captures = new Asked(readCaptures, 5_000);
  readonly notices = new Notices();
  private readonly purposes = $derived.by(() => purposesOf(this.openings.connections ?? []));

  constructor(mac: string) {
    this.day = deviceDay(mac);
    this.places = new Destinations(mac);
    this.questions = new Asked(() => readQuestions(mac), 5_000);
    this.openings = new Openings(mac);
    this.recording = new Recording(mac);
    this.rules = new DeviceRules(mac);
  }

  /** What an address is used for now, where an open connection tells. */
  readonly purposeOf = (address: string): string | undefined => this.purposes.get(address);

  /** Asks until the returned function is called. Where it talks and notices are asked for by what shows them. */
  watch(): () => void {
    const { day, places, questions, openings, captures, recording, rules } = this;
    const asked = [day, places.uses, questions, openings, captures, recording.settings, rules.now];
    // What the questions are made of is not what decides whether they are asked.
    const ends = untrack(() => asked.map((one) => one.watch()));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Asks for all of it at once, as some has been deleted. */
  again(): void {
    const { day, places, questions, captures, notices } = this;
    for (const asked of [day, places.now, places.day, places.uses, questions, captures, notices.asked])
      void asked.again();
  }
}
