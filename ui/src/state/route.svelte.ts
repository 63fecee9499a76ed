import { type View, viewOf } from "./view.ts";

/** Where the page is: the view and its state are in the URL, so that a link shows the same thing. */
class Route {
  private href = $state(location.pathname + location.search);

  readonly view: View = $derived(viewOf(this.href.split("?", 1)[0]!));
  readonly query: URLSearchParams = $derived(new URLSearchParams(this.href.split("?")[1] ?? ""));

  start(): void {
    addEventListener("popstate", () => this.read());
    document.addEventListener("click", (event) => this.follow(event));
  }

  go(href: string): void {
    history.pushState(null, "", href);
    this.read();
    scrollTo(0, 0);
  }

  /** Puts one word of a view's state into the URL; the default is left out. */
  set(name: string, value: string, fallback: string): void {
    const query = new URLSearchParams(this.query);
    if (value === fallback) query.delete(name);
    else query.set(name, value);
    const search = query.size === 0 ? "" : `?${query}`;
    history.replaceState(null, "", location.pathname + search);
    this.read();
  }

  /** Puts a view's whole state into the URL; with `remember` the browser's way back leads to the former one. */
  amend(query: string, remember: boolean): void {
    const href = location.pathname + (query === "" ? "" : `?${query}`);
    if (remember) history.pushState(null, "", href);
    else history.replaceState(null, "", href);
    this.read();
  }

  private read(): void {
    this.href = location.pathname + location.search;
  }

  /** Clicks on links of this page change the view without loading it anew. */
  private follow(event: MouseEvent): void {
    const link = (event.target as Element).closest("a");
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (link === null || !plain || link.origin !== location.origin || link.hasAttribute("data-document"))
      return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

export const route = new Route();
