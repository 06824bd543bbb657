import { fromRecord, isOfUser, toRecord, type Stored } from '../session/record'
import type { SharedSession } from '../session/shared-session'
import { once } from '../utils/once'
import type { AuthStorage } from './auth-storage'
import { bestLock } from './best-lock'
import { pageMark, noMark } from './page-mark'
import { indexedDbStorage, updateIndexedDb } from './indexed-db-storage'
import { memoryStorage } from './memory-storage'
import { noPage, onPageChange, openPage, type Page } from './page'
import { createTabChannel } from './tab-channel'
import type { TabLock } from './tab-lock'
import { noVisit, openVisit } from './visit'
import { withFallback, type RecordStorage } from './with-fallback'

export interface SharedSessionOptions {
  /** Name of the session, which is part of every key, lock, lease and channel name. */
  readonly name: string
  /** Default: `indexedDbStorage()`; on a server `memoryStorage()`. */
  readonly storage?: AuthStorage | undefined
  /** How long a tab may work exclusively, in ms. */
  readonly refreshLimit: number
  /** How long a tab may ask the user, in ms. */
  readonly askLimit: number
  /** How long a request may go on without its page, in ms; 0 where it ends with the page. */
  readonly afterlife: number
  /** Whether a session has an access token; default true. */
  readonly hasToken?: boolean
  /** Called when the stored session or the page may have changed. */
  onChange(): void
  /** Called before, when another tab has told of the end of a session. */
  onEnded(id: string): void
  /** Called at most once for each: the storage fails; nothing keeps two tabs from refreshing at the same time. */
  warn(message: string, section: string, cause: unknown): void
}

/** The shared session as an app has it, and this tab among the others. */
export interface OpenSharedSession extends SharedSession, Page {
  /** Runs the asking of the user in one tab at a time, like `exclusively`. */
  readonly takeTurn: TabLock
  /** Stops watching the other tabs and the page, and closes the storage. What is under way is done to the end. */
  close(): void
}

/**
 * Builds a shared session from a record, a lock, a function that announces a change to the other tabs, and a mark.
 *
 * @param announce given the id of a session that is over by this change
 * @param hasToken whether a session has an access token
 */
export const composeSharedSession = (
  storage: Omit<RecordStorage, 'close'>,
  exclusively: TabLock,
  announce: (ended?: string) => void,
  mark = noMark,
  hasToken = true,
  visit = noVisit,
): SharedSession => ({
  endMark: mark,
  visit,
  whenStored: storage.whenStored,
  read: async () => fromRecord(await storage.read(), hasToken),
  async change(rule, ended) {
    let next: Stored | null | undefined
    let isChange = ended !== undefined
    let before = ended
    /** Whether the storage was not read yet, and a session ends all the same: that which it has. */
    let isUnread = false
    const record = await storage.update((current) => {
      isUnread ||= ended === null && current === undefined
      const found = isUnread ? null : fromRecord(current, hasToken)
      next = rule(found)
      // Where memory stands in for a broken storage, the rule runs once more over what is left there.
      isChange ||= next !== undefined
      if (isOfUser(found)) before ??= found.id
      if (next) return toRecord(next)
      // A removal that finds nothing writes nothing, so a record of another version of the library stays.
      return found || isUnread ? next : undefined
    })
    const stored = next === undefined ? fromRecord(record, hasToken) : next
    const isLeft = isOfUser(stored) && stored.id === before
    // Announce also where nothing was left to remove: the storage may have been cleared under the other tabs.
    if (isChange) announce(isLeft ? undefined : (before ?? undefined))
    return stored
  },
  exclusively,
})

/** For a server, which has no other tabs. */
const unlocked: TabLock = (work) => work(async () => true)

/** Opens the session of that name: what is stored of it, and all that its tabs tell each other. */
export function openSharedSession({
  name,
  storage,
  refreshLimit,
  askLimit,
  afterlife,
  hasToken,
  onChange,
  onEnded,
  warn,
}: SharedSessionOptions): OpenSharedSession {
  const isServer = typeof window === 'undefined'
  /** Called by both locks, for one cause. */
  const warnOfLocks = once((cause: unknown) =>
    warn(
      'Tabs cannot be kept apart; several at once may end the session.',
      'tabs-cannot-be-kept-apart',
      cause,
    ),
  )
  const record = withFallback(
    storage ?? (isServer ? memoryStorage() : indexedDbStorage()),
    name,
    (cause) => warn('Storage failed; a reload may end the session.', 'storage-failed', cause),
    onChange,
    () => channel?.announce(),
  )
  const channel = isServer ? undefined : createTabChannel(name, onChange, onEnded)
  if (!channel) {
    return {
      ...noPage,
      ...composeSharedSession(record, unlocked, () => {}),
      takeTurn: unlocked,
      close: record.close,
    }
  }

  // A tab that was duplicated has a session of its own, but of the same id.
  const announce = storage?.isPerTab ? () => channel.announce() : channel.announce
  // Opened first: by the time of a change, it knows what the browser says.
  const { close: closePage, ...page } = openPage()
  const stopWatching = onPageChange(onChange)
  const lockOf = (lockName: string, limit: number, afterlife: number): TabLock =>
    bestLock(lockName, {
      limit,
      afterlife,
      updateLease: (change) => updateIndexedDb(lockName, name, change),
      warn: warnOfLocks,
    })
  const visit = openVisit(name)
  const refreshLock = lockOf(`vue-auth-refresh:${name}`, refreshLimit, afterlife)
  return {
    ...page,
    ...composeSharedSession(record, refreshLock, announce, pageMark(name), hasToken, visit),
    takeTurn: lockOf(`vue-auth-refresh/turn:${name}`, askLimit, 0),
    close() {
      stopWatching()
      closePage()
      visit.close()
      channel.close()
      record.close()
    },
  }
}
