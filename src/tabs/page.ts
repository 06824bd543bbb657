import { abortable } from '../session/waiting'

/** What a tab knows of itself. */
export interface Page {
  /** Whether somebody may be looking at it, and there is a network. */
  isActive(): boolean
  /** Resolves when there is a network, which may be at once; rejects with the signal's reason. */
  online(signal: AbortSignal): Promise<void>
}

/** For a server, where nobody looks. */
export const noPage: Page = { isActive: () => false, online: () => Promise.resolve() }

export const browserPage: Page = {
  isActive: () => document.visibilityState === 'visible' && navigator.onLine,
  online(signal) {
    let arrive!: () => void
    const arrived = new Promise<void>((resolve) => (arrive = resolve))
    if (navigator.onLine) arrive()
    addEventListener('online', arrive)
    return abortable(arrived, signal).finally(() => removeEventListener('online', arrive))
  },
}

/**
 * Calls back whenever the page is shown or hidden, frozen or thawed, comes back from the back/forward cache, and
 * when the network comes or goes. Returns what stops it.
 */
export function onPageChange(callback: () => void): () => void {
  const onShow = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) callback()
  }
  document.addEventListener('visibilitychange', callback)
  document.addEventListener('resume', callback)
  addEventListener('pageshow', onShow)
  addEventListener('online', callback)
  addEventListener('offline', callback)
  return () => {
    document.removeEventListener('visibilitychange', callback)
    document.removeEventListener('resume', callback)
    removeEventListener('pageshow', onShow)
    removeEventListener('online', callback)
    removeEventListener('offline', callback)
  }
}
