/**
 * Runs `work` in one tab of the origin at a time; waits for the other tabs until `signal` is aborted. Rejects when this
 * tab is frozen or hangs, and another one takes the lock. `work` goes on then, and must see for itself that it is late.
 *
 * @param work asks by `canBegin()` whether enough time is left to begin what no other tab may do meanwhile
 */
export type TabLock = <T>(
  work: (canBegin: () => Promise<boolean>) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>
