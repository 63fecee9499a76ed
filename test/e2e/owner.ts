import { expect } from "bun:test";
import type { Client } from "@gatehouse/qemu/client/client.ts";
import type { Home } from "@gatehouse/qemu/home.ts";
import type { Place } from "@gatehouse/qemu/place.ts";
import { patience, type Scenario } from "./scenarios.ts";

const PASSWORD = "an owner of the lab";

/** What devices do, and to whom it is shown. */
export const ownership: Scenario = {
  name: "whom devices talk to is shown to the owner only, or to the household where the owner says so",
  check: ownersOnly,
};

/** An answer of the router's API. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at any part of it.
  body: any;
}

/** Asks the API at `base`, such as "http://127.0.0.1", from `place` by curl. */
export async function ask(place: Place, base: string, path: string, ...options: string[]): Promise<Answer> {
  const { stdout } = await place.run([
    "curl",
    "-s",
    "-w",
    "\n%{http_code}",
    ...options,
    `${base}/api/${path}`,
  ]);
  const [body = "", status] = stdout.split(/\n(?=\d+$)/);
  return { status: Number(status), body: body === "" ? null : JSON.parse(body) };
}

/** Somebody at home with a browser on the router's page: what it is asked goes out with the page's origin and its cookies. */
export class Visitor {
  private constructor(
    readonly place: Place,
    private readonly base: string,
    private readonly cookies: string,
  ) {}

  static async at(client: Client, tail: Home["tail"]): Promise<Visitor> {
    const { router } = await client.leased(patience, tail);
    return new Visitor(client.place, `http://${router}`, `/run/hosts/${client.name}/cookies`);
  }

  ask(path: string, ...options: string[]): Promise<Answer> {
    return ask(this.place, this.base, path, "-b", this.cookies, "-c", this.cookies, ...options);
  }

  /** Saves a file of the API; its path in `place`. Throws CommandError when it is refused or not whole. */
  async download(path: string): Promise<string> {
    const file = `${this.cookies}.download`;
    await this.place.run([
      "curl",
      "-sS",
      "--fail",
      "-b",
      this.cookies,
      "-o",
      file,
      `${this.base}/api/${path}`,
    ]);
    return file;
  }

  /** Sends `body` to be kept. */
  tell(method: "POST" | "PUT" | "DELETE", path: string, body: object = {}): Promise<Answer> {
    return this.ask(path, "-X", method, "-H", `Origin: ${this.base}`, "--json", JSON.stringify(body));
  }

  /** Becomes the owner's: chooses the password, or signs in with the one that was chosen before. */
  async signIn(): Promise<Answer> {
    const chosen = await this.tell("POST", "access/owner", { password: PASSWORD });
    return chosen.status === 409 ? this.tell("POST", "access/session", { password: PASSWORD }) : chosen;
  }
}

async function ownersOnly({ client1, client2, tail }: Home): Promise<void> {
  const [owner, guest] = [await Visitor.at(client1, tail), await Visitor.at(client2, tail)];
  const shown = async () =>
    Promise.all([owner, guest].map(async (visitor) => (await visitor.ask("nat/sessions")).status));
  expect(await shown()).toEqual([401, 401]);
  expect(await owner.signIn()).toMatchObject({ status: 200, body: { signedIn: true, mayWatch: true } });
  expect(await shown()).toEqual([200, 401]);
  const share = (visitor: Visitor, visibleTo: string) =>
    visitor.tell("PUT", "traffic/settings", { visibleTo });
  expect((await share(guest, "household")).status).toBe(401);
  expect(await share(owner, "household")).toMatchObject({ status: 200, body: { visibleTo: "household" } });
  expect(await shown()).toEqual([200, 200]);
  expect((await share(owner, "owner")).status).toBe(200);
  expect((await owner.tell("DELETE", "access/session")).status).toBe(200);
  expect(await shown()).toEqual([401, 401]);
}
