import {
  type AccessState,
  changePassword,
  chooseOwner,
  readAccess,
  redeem,
  signIn,
  signOut,
} from "../api/access.ts";
import { onRefusal } from "../api/answer.ts";

/** What this browser may see and change; asked anew whenever the router refuses something. */
class Access {
  /** null: not known yet. */
  state = $state.raw<AccessState | null>(null);
  private asking: Promise<void> | undefined;

  start(): void {
    onRefusal(() => this.refresh());
    this.refresh();
  }

  /** Asks the router. Without an answer it stays what it was: the page says that the router is lost. */
  refresh(): Promise<void> {
    this.asking ??= readAccess()
      .then(
        (state) => {
          this.state = state;
        },
        () => {},
      )
      .finally(() => {
        this.asking = undefined;
      });
    return this.asking;
  }

  /** Chooses the owner's first password. Throws NoAnswer. */
  async choose(password: string): Promise<void> {
    this.state = await chooseOwner(password);
  }

  /** Throws NoAnswer. */
  async signIn(password: string): Promise<void> {
    this.state = await signIn(password);
  }

  /** Throws NoAnswer. */
  async changePassword(old: string, next: string): Promise<void> {
    this.state = await changePassword(old, next);
  }

  /** Signs in with the ticket in the page's address, if there is one; it is taken out of there. */
  async arrive(): Promise<void> {
    const ticket = new URLSearchParams(location.hash.slice(1)).get("ticket");
    if (ticket === null) return;
    history.replaceState(null, "", location.pathname + location.search);
    // Used or too old: whoever comes here signs in as ever.
    await redeem(ticket).then(
      (state) => {
        this.state = state;
      },
      () => {},
    );
  }

  async signOut(): Promise<void> {
    await signOut().catch(() => {});
    await this.refresh();
  }
}

export const access = new Access();
