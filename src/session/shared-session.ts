import type { Stored } from './record'
import type { Rule } from './stored-rules'

/** A mark that the next load of the page finds. */
export interface PageMark {
  /** The text that was set; null where there is none. */
  get(): string | null
  set(text: string | null): void
}

/** The tabs in which a session without `remember` goes on. It ends with the last of them. */
export interface Visit {
  /** Takes part in the visit of a session, in place of any other; null in none. Resolves once other tabs can see it. */
  join(id: string | null): Promise<void>
  /** Whether another tab takes part, or this one has come back: by a reload, or from the page of a provider. */
  isOn(id: string): Promise<boolean>
}

/** The session that all tabs share. */
export interface SharedSession {
  /** The stored session as it is now; null where nothing is stored. */
  read(): Promise<Stored | null>
  /**
   * Applies a rule to what is stored, in one atomic step, and tells the other tabs of the change. Resolves with what is
   * stored then, once it is durable.
   *
   * @param ended the id of a session that ends, null for an unknown one. The other tabs are told of it even if the rule
   *   leaves everything: the storage may be another one for them, or the tab that has changed it may be frozen.
   */
  change(rule: Rule, ended?: string | null): Promise<Stored | null>
  /** Resolves once the storage itself has every change so far, and not memory in its place. */
  whenStored(): Promise<void>
  /** The sessions that are being ended. Written at once: the page may be gone before the storage is written. */
  readonly endMark: PageMark
  readonly visit: Visit
  /**
   * Runs `work` while no other tab does; waits for its turn until `signal` is aborted. Rejects when another tab takes
   * the turn away because this one hangs: `work` goes on then, and what it stores must be fenced out by its rule.
   *
   * @param work asks by `canBegin()` whether enough time is left to begin an exchange
   */
  exclusively<T>(
    work: (canBegin: () => Promise<boolean>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>
}
