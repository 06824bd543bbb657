const SLICE = 1_000

/**
 * Calls back after that many ms awake. It counts in slices, so a machine that slept has spent at most one of
 * them, whatever its clocks say; and no timer is ever longer than 2³¹ ms, where browsers fire at once. Returns
 * what cancels it.
 */
export function countdown(delay: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const next = (left: number): void => {
    const slice = Math.min(left, SLICE)
    timer = setTimeout(() => (left > slice ? next(left - slice) : callback()), slice)
  }
  next(delay)
  return () => clearTimeout(timer)
}

/** The promise, or what `onLate` gives instead after `delay` ms awake. */
export const within = <T>(
  work: Promise<T>,
  delay: number,
  onLate: () => T | Promise<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const cancel = countdown(delay, () => resolve(onLate()))
    work.then(resolve, reject).finally(cancel)
  })

/** Something that happens once. */
export interface Latch {
  readonly opened: Promise<void>
  isOpen(): boolean
  open(): void
}

export function createLatch(): Latch {
  let isOpen = false
  let resolve!: () => void
  const opened = new Promise<void>((settle) => (resolve = settle))
  return {
    opened,
    isOpen: () => isOpen,
    open() {
      isOpen = true
      resolve()
    },
  }
}

/** Waits for a callback of the application: not longer than that many ms awake, and not for its failure. */
export const patiently = (
  work: () => Promise<unknown> | undefined,
  delay: number,
): Promise<unknown> => within((async () => work())(), delay, () => {}).catch(() => {})

/** The part of an AbortSignal that waiting needs; axios' own type has it optional. */
interface Abortable {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener?(type: 'abort', listener: () => void): void
  removeEventListener?(type: 'abort', listener: () => void): void
}

/** The promise, or the signal's reason as soon as it is aborted. Work that ignores the signal is left behind. */
export const abortable = <T>(work: Promise<T>, signal: Abortable): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener?.('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener?.('abort', abort))
  })

/** Resolves after that many ms awake. */
export const pause = (delay: number): Promise<void> =>
  new Promise((resolve) => void countdown(delay, resolve))

/** The same, unless the signal is aborted meanwhile; then it rejects with the reason. */
export function sleep(delay: number, signal: Abortable): Promise<void> {
  let cancel: (() => void) | undefined
  const slept = new Promise<void>((resolve) => (cancel = countdown(delay, resolve)))
  return abortable(slept, signal).finally(cancel)
}
