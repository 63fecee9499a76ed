import type {
  AssociationVisitor,
  BindingVisitor,
  FastPath,
  FastPathVisitor,
  SessionVisitor,
} from "./fast-path.ts";

type Table<Entry extends unknown[]> = Map<string, Entry>;

/** Keeps what is programmed in maps, by what must be unique in it. A removal of what is not there, or was otherwise, throws. */
export class FakeFastPath implements FastPath {
  /** "transport address:port" to external port. */
  readonly bindings = new Map<string, number>();
  /** By external endpoint: "transport external-port". */
  readonly bindingsIn: Table<Parameters<BindingVisitor>> = new Map();
  /** By "transport external-port remote:remote-port". */
  readonly sessions: Table<Parameters<SessionVisitor>> = new Map();
  /** By "protocol remote". */
  readonly associations: Table<Parameters<AssociationVisitor>> = new Map();
  /** The next commits throw. */
  refuses = false;
  /** Commits that changed something. */
  commits = 0;
  #removals: (() => void)[] = [];
  #additions: (() => void)[] = [];

  program: BindingVisitor = (...binding) => {
    const [transport, address, port, externalPort] = binding;
    this.#additions.push(() => {
      add(this.bindingsIn, `${transport} ${externalPort}`, binding);
      this.bindings.set(`${transport} ${address}:${port}`, externalPort);
    });
  };

  remove: BindingVisitor = (...binding) => {
    const [transport, address, port, externalPort] = binding;
    this.#removals.push(() => {
      take(this.bindingsIn, `${transport} ${externalPort}`, binding);
      this.bindings.delete(`${transport} ${address}:${port}`);
    });
  };

  programSession: SessionVisitor = (...session) => {
    this.#additions.push(() => add(this.sessions, sessionKey(session), session));
  };

  removeSession: SessionVisitor = (...session) => {
    this.#removals.push(() => take(this.sessions, sessionKey(session), session));
  };

  programAssociation: AssociationVisitor = (...association) => {
    const [protocol, , remote] = association;
    this.#additions.push(() => add(this.associations, `${protocol} ${remote}`, association));
  };

  removeAssociation: AssociationVisitor = (...association) => {
    const [protocol, , remote] = association;
    this.#removals.push(() => take(this.associations, `${protocol} ${remote}`, association));
  };

  commit(): void {
    const removals = this.#removals.splice(0);
    const additions = this.#additions.splice(0);
    if (removals.length + additions.length > 0) this.commits++;
    for (const remove of removals) remove();
    if (this.refuses) throw new Error("refused");
    for (const apply of additions) apply();
  }

  dump(visitor: FastPathVisitor): void {
    for (const binding of this.bindingsIn.values()) visitor.binding(...binding);
    for (const session of this.sessions.values()) visitor.session(...session);
    for (const association of this.associations.values()) visitor.association(...association);
  }
}

function sessionKey([transport, , , externalPort, remote, remotePort]: Parameters<SessionVisitor>): string {
  return `${transport} ${externalPort} ${remote}:${remotePort}`;
}

function add<Entry extends unknown[]>(table: Table<Entry>, key: string, entry: Entry): void {
  if (table.has(key)) throw new Error(`${key} is there already`);
  table.set(key, entry);
}

function take<Entry extends unknown[]>(table: Table<Entry>, key: string, entry: Entry): void {
  if (String(table.get(key)) !== String(entry)) throw new Error(`${key} is ${table.get(key)}, not ${entry}`);
  table.delete(key);
}
