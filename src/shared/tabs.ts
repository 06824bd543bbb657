import type { UpdateLease } from './lease'
import { browserPage, noPage, onPageChange, type Page } from './page'
import { createTabChannel, type TabChannel } from './tab-channel'
import { createTabLock, type TabLock } from './tab-lock'

/** This tab, and the other ones of its origin that share the session. */
export interface Tabs extends TabLock, TabChannel, Page {
  /** As `hold`, for asking the user: in one tab at a time. */
  takeTurn: TabLock['hold']
}

export interface TabsOptions {
  /** Of the session they share. */
  readonly name: string
  /** How long a tab may keep the others waiting, in ms. */
  readonly limit: number
  /** For how long what it was doing may go on without it, in ms; 0 where nothing does. */
  readonly afterlife: number
  /** How long a user may be asked, in ms. */
  readonly turnLimit: number
  updateLease(purpose: 'refresh' | 'turn', ...args: Parameters<UpdateLease>): Promise<unknown>
  /** What is stored may have changed, and what the page says of itself. */
  onChange(): void
  /** Told once if the tabs cannot be kept from refreshing at the same time. */
  warn(cause: unknown): void
}

/** For a server: there are no tabs. */
export const alone: Tabs = {
  ...noPage,
  hold: (work) => work(async () => true),
  takeTurn: (work) => work(async () => true),
  announce() {},
  close() {},
}

export function openTabs({
  name,
  limit,
  afterlife,
  turnLimit,
  updateLease,
  onChange,
  warn,
}: TabsOptions): Tabs {
  const channel = createTabChannel(name, onChange)
  const stopWatching = onPageChange(onChange)
  return {
    ...browserPage,
    ...createTabLock(`vue-auth-refresh:${name}`, {
      limit,
      afterlife,
      updateLease: (change) => updateLease('refresh', change),
      warn,
    }),
    takeTurn: createTabLock(`vue-auth-refresh/turn:${name}`, {
      limit: turnLimit,
      afterlife: 0,
      updateLease: (change) => updateLease('turn', change),
      warn,
    }).hold,
    announce: channel.announce,
    close() {
      stopWatching()
      channel.close()
    },
  }
}
