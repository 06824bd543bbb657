import { abortable } from '../utils/waiting'

/** The state of the page in this tab. */
export interface Page {
  /** Whether the page is visible and there is a network. */
  isActive(): boolean
  /** Resolves when there is a network, at once where there is one. Rejects with the signal's reason. */
  online(signal: AbortSignal): Promise<void>
  /** Resolves when the page is visible, at once where it is. Rejects with the signal's reason. */
  shown(signal: AbortSignal): Promise<void>
}

/** For a server, which shows no page. */
export const noPage: Page = {
  isActive: () => false,
  online: () => Promise.resolve(),
  shown: () => Promise.reject(new Error('A server shows no page.')),
}

/** Resolves once a condition is true, which an event of `target` may change. */
function until(
  isTrue: () => boolean,
  target: EventTarget,
  event: string,
  signal: AbortSignal,
): Promise<void> {
  let check!: () => void
  const becameTrue = new Promise<void>((resolve) => {
    check = () => isTrue() && resolve()
  })
  check()
  target.addEventListener(event, check)
  return abortable(becameTrue, signal).finally(() => target.removeEventListener(event, check))
}

const isShown = (): boolean => document.visibilityState === 'visible'

export const browserPage: Page = {
  isActive: () => isShown() && navigator.onLine,
  online: (signal) => until(() => navigator.onLine, globalThis, 'online', signal),
  shown: (signal) => until(isShown, document, 'visibilitychange', signal),
}

/**
 * Calls back whenever the page is shown, hidden, thawed or back from the back/forward cache, and when the network comes
 * or goes. Returns a function that stops it.
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
