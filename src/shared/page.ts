import { abortable } from '../utils/waiting'

/** What a tab knows of itself. */
export interface Page {
  /** Whether somebody may be looking at it, and there is a network. */
  isActive(): boolean
  /** Resolves when there is a network, which may be at once; rejects with the signal's reason. */
  online(signal: AbortSignal): Promise<void>
  /** Resolves when somebody may be looking at it, which may be at once; rejects with the signal's reason. */
  shown(signal: AbortSignal): Promise<void>
}

/** For a server, where nobody looks. */
export const noPage: Page = {
  isActive: () => false,
  online: () => Promise.resolve(),
  shown: () => Promise.reject(new Error('Nobody looks.')),
}

/** Resolves once this holds, which an event of `target` may change. */
function until(
  holds: () => boolean,
  target: EventTarget,
  event: string,
  signal: AbortSignal,
): Promise<void> {
  let look!: () => void
  const held = new Promise<void>((resolve) => {
    look = () => holds() && resolve()
  })
  look()
  target.addEventListener(event, look)
  return abortable(held, signal).finally(() => target.removeEventListener(event, look))
}

const isShown = (): boolean => document.visibilityState === 'visible'

export const browserPage: Page = {
  isActive: () => isShown() && navigator.onLine,
  online: (signal) => until(() => navigator.onLine, globalThis, 'online', signal),
  shown: (signal) => until(isShown, document, 'visibilitychange', signal),
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
