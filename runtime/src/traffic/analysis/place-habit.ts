/** A device with more places than these has no habit to leave: phones and laptops reach it within a day, cameras and plugs never. */
export const MAX_PLACES = 40;
/** Networks of places with a name: what is known of a connection whose name was lost. */
export const MAX_NETWORKS = 48;
/** A place not visited for so many days makes room for another. */
const FORGOTTEN_DAYS = 30;
/** Days of activity without a new place until places count as known: 2, and one more for every other place. */
const QUIET_DAYS = 2;
const PLACES_PER_QUIET_DAY = 2;

/**
 * Where a device uses to go: domains, and networks (hashes of either) of remotes without a name. It is settled once it kept to them for
 * some days; the more places it has, the longer that takes, so that a device which finds a new one every few days never is.
 */
export class PlaceHabit {
  /** Too many places to be a habit; stays so. */
  isWide = false;
  /** Days of activity since the one that had a new place. */
  quietDays = 0;
  #foundToday = false;
  /** The day of the last visit by place. */
  readonly #places = new Map<number, number>();
  /** Networks of places with a name, the least recently learned first. */
  readonly #networks = new Set<number>();

  get size(): number {
    return this.#places.size;
  }

  get isSettled(): boolean {
    return !this.isWide && this.quietDays >= QUIET_DAYS + Math.floor(this.size / PLACES_PER_QUIET_DAY);
  }

  /** The device was active on a day, which is over. */
  endDay(): void {
    this.quietDays = this.#foundToday ? 0 : this.quietDays + 1;
    this.#foundToday = false;
  }

  /** Notes a visit to `network`, by the name of `domain` where there is one; returns whether the place is new. */
  visit(domain: number | undefined, network: number, day: number): boolean {
    const place = domain ?? network;
    const isNew = !this.#places.has(place) && !this.#isKnownOtherwise(domain, network);
    if (isNew) this.#makeRoom(day);
    if (this.isWide) return false;
    if (isNew || domain !== undefined || this.#places.has(network)) this.#places.set(place, day);
    if (domain !== undefined) this.#learnNetwork(network);
    if (isNew) {
      this.quietDays = 0;
      this.#foundToday = true;
    }
    return isNew;
  }

  state(): PlaceState {
    const places = [...this.#places]
      .map(([place, day]) => `${place.toString(36)} ${day.toString(36)}`)
      .join(" ");
    const networks = [...this.#networks].map((network) => network.toString(36)).join(" ");
    return [Number(this.isWide), this.quietDays, Number(this.#foundToday), places, networks];
  }

  restore([isWide, quietDays, foundToday, places, networks]: PlaceState): void {
    this.isWide = isWide === 1;
    this.quietDays = quietDays;
    this.#foundToday = foundToday === 1;
    const numbers = numbersOf(places);
    for (let i = 0; i < numbers.length; i += 2) this.#places.set(numbers[i]!, numbers[i + 1]!);
    for (const network of numbersOf(networks)) this.#networks.add(network);
  }

  /** A network was a place until its name became known, or is that of a name that was lost. */
  #isKnownOtherwise(domain: number | undefined, network: number): boolean {
    return domain === undefined ? this.#networks.has(network) : this.#places.delete(network);
  }

  #makeRoom(day: number): void {
    if (this.#places.size < MAX_PLACES) return;
    const [place, visited] = [...this.#places].reduce((a, b) => (b[1] < a[1] ? b : a));
    if (day - visited >= FORGOTTEN_DAYS) {
      this.#places.delete(place);
      return;
    }
    this.isWide = true;
    this.#places.clear();
    this.#networks.clear();
  }

  #learnNetwork(network: number): void {
    this.#networks.add(network);
    if (this.#networks.size <= MAX_NETWORKS) return;
    const [first] = this.#networks;
    this.#networks.delete(first!);
  }
}

/** Whether it is wide, quiet days, whether today had a new place; places with their days, networks: numbers to base 36. */
export type PlaceState = [
  isWide: number,
  quietDays: number,
  foundToday: number,
  places: string,
  networks: string,
];

function numbersOf(text: string): number[] {
  return text === "" ? [] : text.split(" ").map((digits) => Number.parseInt(digits, 36));
}
