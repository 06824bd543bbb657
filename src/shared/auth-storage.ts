import type { StoredRecord } from '../session/record'

/**
 * Where the session is kept between page loads, and between the tabs of an origin. Two methods, so that anyone can
 * write another: in an app's own database, in a native shell's keychain.
 */
export interface AuthStorage {
  /** The record under this key; null or undefined when there is none. What it holds is checked by the caller. */
  read(key: string): Promise<unknown>
  /**
   * Replaces the record in one atomic step (compare-and-set). `change` is given the current record and
   * returns the next one, null to remove it, or undefined to leave it. Resolves with what is there afterwards,
   * once it is durable and every other tab would read it.
   */
  update(
    key: string,
    change: (current: unknown) => StoredRecord | null | undefined,
  ): Promise<unknown>
  /** Lets go of what it holds open; the app was unmounted. It may be used again. Default: nothing is open. */
  close?(): void
}
