/** The tabs of a session, and its lock, as the browser tells of them. */
export interface Tabs {
  /** The tabs that have connected devtools to the session. */
  readonly alive: number
  /** The holder of the lock: the tab whose turn it is to refresh. */
  readonly holder: 'none' | 'this tab' | 'another tab'
  /** The tabs that wait for the lock. */
  readonly queue: number
}

/** Watches the tabs of a session by Web Locks. */
export interface TabWatch {
  /** Asks the browser; null where it has no Web Locks, or refuses to tell. */
  look(): Promise<Tabs | null>
  close(): void
}

/**
 * Holds a lock of this tab's own, as long as the tab lives, so that tabs can be counted: no message is needed, and a tab
 * that crashes counts no more.
 *
 * @param sharedName of the session
 */
export function watchTabs(sharedName: string): TabWatch {
  const prefix = `vue-auth-refresh/tab:${sharedName}/`
  const mine = prefix + String(Math.random()).slice(2)
  // TypeScript's types say that every browser has locks.
  const locks = navigator.locks as LockManager | undefined
  let close = (): void => {}
  const isClosed = new Promise<void>((resolve) => (close = resolve))
  const isHeld = new Promise<void>((resolve) => {
    const hold = (): Promise<void> => {
      resolve()
      return isClosed
    }
    // Looking goes on where the browser refuses, and finds nothing.
    locks?.request(mine, hold).catch(() => resolve())
  })

  return {
    close,
    async look() {
      if (!locks) return null
      await isHeld
      const { held = [], pending = [] } = await locks.query().catch((): LockManagerSnapshot => ({}))
      const myself = held.find(({ name }) => name === mine)
      if (!myself) return null
      const isOfSession = ({ name }: LockInfo): boolean => name === `vue-auth-refresh:${sharedName}`
      const holder = held.find(isOfSession)
      return {
        alive: held.filter(({ name }) => name?.startsWith(prefix)).length,
        holder: !holder ? 'none' : holder.clientId === myself.clientId ? 'this tab' : 'another tab',
        queue: pending.filter(isOfSession).length,
      }
    },
  }
}
