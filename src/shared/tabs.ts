import { bestLock, type BestLockOptions } from './best-lock'
import type { UpdateLease } from './lease-lock'
import { browserPage, noPage, onPageChange, type Page } from './page'
import { createTabChannel, type TabChannel } from './tab-channel'
import type { TabLock } from './tab-lock'

/** This tab, and the other ones of its origin that share the session. */
export interface Tabs extends TabChannel, Page {
  readonly hold: TabLock
  /** As `hold`, for asking the user: in one tab at a time. */
  readonly takeTurn: TabLock
}

export interface TabsOptions extends Omit<BestLockOptions, 'updateLease'> {
  /** Name of the session that the tabs share. */
  readonly name: string
  /** How long a user may be asked, in ms. */
  readonly turnLimit: number
  updateLease(purpose: 'refresh' | 'turn', ...args: Parameters<UpdateLease>): Promise<unknown>
  /** Called when what is stored or the page may have changed. */
  onChange(): void
}

/** For a server, which has no other tabs. */
export const alone: Tabs = {
  ...noPage,
  hold: (work) => work(async () => true),
  takeTurn: (work) => work(async () => true),
  announce() {},
  close() {},
}

export function openTabs(options: TabsOptions): Tabs {
  const { name, turnLimit, onChange, updateLease } = options
  const channel = createTabChannel(name, onChange)
  const stopWatching = onPageChange(onChange)
  return {
    ...browserPage,
    hold: bestLock(`vue-auth-refresh:${name}`, {
      ...options,
      updateLease: (change) => updateLease('refresh', change),
    }),
    takeTurn: bestLock(`vue-auth-refresh/turn:${name}`, {
      ...options,
      limit: turnLimit,
      afterlife: 0,
      updateLease: (change) => updateLease('turn', change),
    }),
    announce: channel.announce,
    close() {
      stopWatching()
      channel.close()
    },
  }
}
