import type {
  AssociationVisitor,
  BindingVisitor,
  FastPath,
  FastPathVisitor,
  SessionVisitor,
} from "../../../nat/fast-path.ts";
import type { Accelerator } from "./accelerator.ts";

/**
 * A fast path that keeps everything, and in front of it an accelerator for open bindings. The accelerator never holds what the
 * fast path does not: it is told of additions last and of removals first.
 */
export class AcceleratedFastPath implements FastPath {
  readonly #all: FastPath;
  readonly #accelerator: Accelerator;
  #added: Parameters<BindingVisitor>[] = [];

  constructor(all: FastPath, accelerator: Accelerator) {
    this.#all = all;
    this.#accelerator = accelerator;
  }

  readonly program: BindingVisitor = (...binding) => {
    this.#all.program(...binding);
    this.#added.push(binding);
  };
  readonly remove: BindingVisitor = (...binding) => {
    this.#accelerator.remove(...binding);
    this.#all.remove(...binding);
  };
  readonly programSession: SessionVisitor = (...session) => this.#all.programSession(...session);
  readonly removeSession: SessionVisitor = (...session) => this.#all.removeSession(...session);
  readonly programAssociation: AssociationVisitor = (...association) =>
    this.#all.programAssociation(...association);
  readonly removeAssociation: AssociationVisitor = (...association) =>
    this.#all.removeAssociation(...association);

  commit(): void {
    const added = this.#added;
    this.#added = [];
    this.#all.commit();
    for (const binding of added) this.#accelerator.add(...binding);
  }

  dump(visitor: FastPathVisitor): void {
    const binding: BindingVisitor = (...each) => {
      // First: the visitor may have it removed.
      this.#accelerator.add(...each);
      visitor.binding(...each);
    };
    this.#all.dump({ ...visitor, binding });
  }
}
