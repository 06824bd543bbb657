import type { StoredRecord } from '../session/record'

/**
 * A place for the session between page loads, and between the tabs of an origin. An app can write another one with
 * these two methods: in a database of its own, in a native shell's keychain.
 */
export interface AuthStorage {
  /** Resolves with the record under this key, which the library checks; null or undefined where there is none. */
  read(key: string): Promise<unknown>
  /**
   * Replaces the record in one atomic step (compare-and-set). `change` gets the current record and returns the next
   * one, null to remove it, or undefined to leave it; it may run again. Resolves with the record that is there then,
   * once it is durable and every other tab would read it.
   */
  update(
    key: string,
    change: (current: unknown) => StoredRecord | null | undefined,
  ): Promise<unknown>
  /** Whether each tab has a session of its own. Default: false, the tabs of the origin share one. */
  readonly isPerTab?: boolean
  /** Called when the app is unmounted, to close what is open. The storage may be used again. Default: does nothing. */
  close?(): void
}
