import type { Connection, Publish } from "./transport.ts";

/** Holds what arrives before the connection is ready for it: a resumed session sends right after the CONNACK. */
export class Inbox {
  readonly #deliver: (publish: Publish, connection: Connection) => void;
  #connection: Connection | undefined;
  #early: Publish[] = [];

  constructor(deliver: (publish: Publish, connection: Connection) => void) {
    this.#deliver = deliver;
  }

  push(publish: Publish): void {
    if (this.#connection === undefined) this.#early.push(publish);
    else this.#deliver(publish, this.#connection);
  }

  open(connection: Connection): void {
    this.#connection = connection;
    for (const publish of this.#early.splice(0)) this.#deliver(publish, connection);
  }
}
