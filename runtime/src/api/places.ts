/** How many may stay connected at once: in all, and from one device, which else could take the places of all. */
export class Places {
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(
    private readonly inAll: number,
    private readonly fromOne: number,
  ) {}

  /** A place for a connection from `address`, and what gives it back; undefined when none is free. */
  take(address: string): (() => void) | undefined {
    const own = this.#taken.get(address) ?? 0;
    if (own >= this.fromOne || this.#count >= this.inAll) return undefined;
    this.#taken.set(address, own + 1);
    this.#count++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#free(address);
      isHeld = false;
    };
  }

  #free(address: string): void {
    const left = (this.#taken.get(address) ?? 0) - 1;
    if (left > 0) this.#taken.set(address, left);
    else this.#taken.delete(address);
    this.#count--;
  }
}
