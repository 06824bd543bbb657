import { abortable, createLatch } from '../utils/waiting'
import { listen } from './listen'

/** The state of the page in this tab. */
export interface Page {
  /** Whether the page is visible and there is a network. */
  isActive(): boolean
  /** Whether the page is visible. */
  isShown(): boolean
  /** Calls back when its user acts: keys, pointer, touch, focus. Returns a function that stops it. */
  onActivity(callback: () => void): () => void
  /** Whether there seems to be a network. On some devices the browser says for ever that there is none. */
  isOnline(): boolean
  /** Notes that a server has answered. If there is no network then, the browser is wrong until it tells of a change. */
  noteAnswer(): void
  /** Resolves when there is a network, at once where there is one. Rejects with the signal's reason. */
  online(signal: AbortSignal): Promise<void>
  /** Calls back each time that a network comes. Returns a function that stops it. */
  onOnline(callback: () => void): () => void
  /** Resolves when the page is visible, at once where it is. Rejects with the signal's reason. */
  shown(signal: AbortSignal): Promise<void>
}

/** For a server, which shows no page. */
export const noPage: Page = {
  isActive: () => false,
  isShown: () => false,
  onActivity: () => () => {},
  isOnline: () => true,
  noteAnswer() {},
  online: async () => {},
  onOnline: () => () => {},
  shown: async () => {
    throw new Error('A server shows no page.')
  },
}

/** Resolves once a condition is true, which an event of `target` may change. */
function until(
  isTrue: () => boolean,
  target: EventTarget,
  event: string,
  signal: AbortSignal,
): Promise<void> {
  const { opened, open } = createLatch()
  const check = (): void => {
    if (isTrue()) open()
  }
  check()
  return abortable(opened, signal).finally(listen(target, event, check))
}

const isShown = (): boolean => document.visibilityState === 'visible'

/** The events of a user's own activity. A touch is a pointer, too. */
const ACTIVITY = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'focus']

/** Calls back when the user acts. Listens before the app does, which may keep an event from going on. */
function onActivity(callback: () => void): () => void {
  // The app may focus its own elements, whose events do not bubble.
  const stops = ACTIVITY.map((type) =>
    listen(globalThis, type, callback, { capture: type !== 'focus', passive: true }),
  )
  return () => stops.forEach((stop) => stop())
}

/** The page of a browser. It listens until it is closed. */
export function openPage(): Page & { close(): void } {
  let isWrong = false
  const isOnline = (): boolean => isWrong || navigator.onLine
  const believe = (): void => {
    isWrong = false
  }
  const stops = ['online', 'offline'].map((type) => listen(globalThis, type, believe))
  return {
    isActive: () => isShown() && isOnline(),
    isShown,
    onActivity,
    isOnline,
    noteAnswer() {
      isWrong = !navigator.onLine
    },
    onOnline: (callback) => listen(globalThis, 'online', callback),
    online: (signal) => until(isOnline, globalThis, 'online', signal),
    shown: (signal) => until(isShown, document, 'visibilitychange', signal),
    close: () => stops.forEach((stop) => stop()),
  }
}

/**
 * Calls back whenever the page is shown, hidden, thawed or back from the back/forward cache, and when the network comes
 * or goes. Returns a function that stops it.
 */
export function onPageChange(callback: () => void): () => void {
  const onShow = (event: Event): void => {
    if ((event as PageTransitionEvent).persisted) callback()
  }
  const stops = [
    listen(document, 'visibilitychange', callback),
    listen(document, 'resume', callback),
    listen(globalThis, 'pageshow', onShow),
    listen(globalThis, 'online', callback),
    listen(globalThis, 'offline', callback),
  ]
  return () => stops.forEach((stop) => stop())
}
