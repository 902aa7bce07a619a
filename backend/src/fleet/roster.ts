import type { Server } from './types.ts';

/** What the fleet keeps of a server. Handed out as Server; only the fleet writes it. */
export interface ServerEntry extends Server {
  /** Never reused, so that a journal row cannot end up with a slot's next owner. */
  readonly id: number;
  profile: number;
  timeZone: string;
  country: string | undefined;
  attributes: ReadonlyMap<string, string>;
  lastSeenMs: number;
  /** When something was last received from it, whatever the measurement's own time. */
  heardMs: number;
  /** True once a measurement was accepted. */
  measured: boolean;
  /** The profile it named itself, where that is one of ours. */
  declaredProfile: string | undefined;
  /** The time zone it named itself, where that is a known one. */
  declaredTimeZone: string | undefined;
  /** The country or region it named itself, where its holidays are known. */
  declaredCountry: string | undefined;
}

export type NewServer = Omit<ServerEntry, 'index' | 'id'>;

/** The servers by name and by slot. Slots of servers that left are given to newcomers. */
export class Roster {
  readonly #byName = new Map<string, ServerEntry>();
  readonly #bySlot: (ServerEntry | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #nextId = 1;

  get size(): number {
    return this.#byName.size;
  }

  /** Slots ever used: every server's slot is below it. */
  get slotCount(): number {
    return this.#bySlot.length;
  }

  /** @param id given when a server comes back from disk under the id it had */
  add(server: NewServer, id: number = this.#nextId): ServerEntry {
    this.#nextId = Math.max(this.#nextId, id + 1);
    const entry: ServerEntry = { ...server, id, index: this.#freeSlots.pop() ?? this.#bySlot.length };
    this.#byName.set(entry.name, entry);
    this.#bySlot[entry.index] = entry;
    return entry;
  }

  remove(entry: ServerEntry): void {
    this.#byName.delete(entry.name);
    this.#bySlot[entry.index] = undefined;
    this.#freeSlots.push(entry.index);
  }

  byName(name: string): ServerEntry | undefined {
    return this.#byName.get(name);
  }

  bySlot(slot: number): ServerEntry | undefined {
    return this.#bySlot[slot];
  }

  values(): Iterable<ServerEntry> {
    return this.#byName.values();
  }
}
