/** Browsers fire longer timers at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** Longest single timer of a countdown. */
const SLICE_MS = 1_000

/**
 * Calls back after that many ms awake. Returns a function that cancels it. The countdown goes in slices, so a machine
 * that sleeps uses up at most one of them. No timer reaches 2³¹ ms, at which browsers fire at once.
 */
export function countdown(delay: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const next = (left: number): void => {
    const slice = Math.min(left, SLICE_MS)
    timer = setTimeout(() => (left > slice ? next(left - slice) : callback()), slice)
  }
  next(delay)
  return () => clearTimeout(timer)
}

/** Settles as the promise does; after `delay` ms awake with the result of `onLate` instead. */
export const within = <T>(
  work: Promise<T>,
  delay: number,
  onLate: () => T | Promise<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const cancel = countdown(delay, () => resolve(onLate()))
    work.then(resolve, reject).finally(cancel)
  })

/** The error of work that has not settled in time. */
export const TOO_LATE = new Error('There was no answer in time.')

/** Settles as the promise does, or rejects after `delay` ms awake. */
export const inTime = <T>(work: Promise<T>, delay: number, error = TOO_LATE): Promise<T> =>
  within(work, delay, () => Promise.reject(error))

/** An event that happens once, and can be waited for. */
export interface Latch {
  readonly opened: Promise<void>
  open(): void
}

export function createLatch(): Latch {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

/** Waits for a callback of the application for at most `delay` ms awake. Never rejects. */
export const patiently = (
  work: () => Promise<unknown> | undefined,
  delay: number,
): Promise<unknown> => within((async () => work())(), delay, () => {}).catch(() => {})

/** The part of an AbortSignal that waiting needs. The listeners are optional, as in the type that axios has. */
export interface Abortable {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener?(type: 'abort', listener: () => void): void
  removeEventListener?(type: 'abort', listener: () => void): void
}

/** Settles as the promise does, or rejects with the signal's reason as soon as the signal is aborted. */
export const abortable = <T>(work: Promise<T>, signal: Abortable): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener?.('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener?.('abort', abort))
  })

/** Resolves after that many ms awake, or rejects with the signal's reason as soon as the signal is aborted. */
export function sleep(delay: number, signal?: Abortable): Promise<void> {
  const { opened, open } = createLatch()
  const cancel = countdown(delay, open)
  return signal ? abortable(opened, signal).finally(cancel) : opened
}
