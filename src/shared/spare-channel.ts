import { createLatch, sleep, within, type Latch } from '../utils/waiting'
import { listen } from './listen'
import { HEARD_WITHIN_MS, openMemoryChannel } from './memory-channel'

/** A question to any other tab, and the answer. The question for records is null. */
const IS_ALONE = 'alone?'
const HERE = 'here'

/** A record that a tab could not store. */
export interface Spare {
  readonly record: unknown
  /** The id of the session that the storage had before, if any. */
  readonly over: unknown
  /** The time from which the record counts. */
  readonly since: number
  /** Whether its tab has never read the storage. Another session may be there. */
  readonly isGuess: boolean
}

/** The channel on which the tabs tell each other what they could not store. */
export interface SpareChannel {
  /** Asks the other tabs for what they could not store. Settles once one has told, or after 100 ms. */
  ask(): Promise<void>
  /** Resolves once the other tabs have had the time to hear it. Without another tab, nothing is sent. */
  tell(spare: Spare): Promise<void>
  close(): void
}

/**
 * Opens the channel, and asks the other tabs at once.
 *
 * @param isPerTab whether the tabs share nothing
 * @param untold what this tab could not store, for a tab that asks
 */
export function openSpareChannel(
  key: string,
  isPerTab: boolean | undefined,
  onHeard: (spare: Spare) => void,
  untold: () => Spare | undefined,
): SpareChannel {
  let channel: BroadcastChannel | undefined

  /** Whether there is another tab; undefined while this one has not asked. */
  let hasOthers: boolean | undefined
  /** Opened by the first message. */
  const contact = createLatch()
  /** Opened by the next record. */
  let answer = createLatch()

  const post = (message: Spare | typeof HERE | typeof IS_ALONE | null): void =>
    channel?.postMessage(message)
  const inTime = (heard: Latch): Promise<void> => within(heard.opened, HEARD_WITHIN_MS, () => {})

  function onMessage(data: unknown): void {
    const { record, over, since, isGuess } = Object(data) as { [Name in keyof Spare]?: unknown }
    hasOthers = true
    contact.open()
    const mine = data === null && untold()
    if (mine) post(mine)
    else if (data === IS_ALONE) post(HERE)
    else if (Number(since) < Number.MAX_SAFE_INTEGER) {
      onHeard({ record, over, since: Number(since), isGuess: isGuess === true })
      answer.open()
      answer = createLatch()
    }
  }
  function open(): void {
    // The page is shown for the first time, too.
    if (channel) return
    channel = openMemoryChannel(`vue-auth-refresh/spare:${key}`, onMessage)
    post(null)
  }
  function close(): void {
    channel?.close()
    channel = undefined
  }

  if (!isPerTab) open()
  // An open channel keeps a page out of the back/forward cache.
  const stops = channel
    ? [listen(globalThis, 'pagehide', close), listen(globalThis, 'pageshow', open)]
    : []
  return {
    async ask() {
      post(null)
      if (channel) await inTime(answer)
    },
    async tell(spare) {
      if (hasOthers === undefined) {
        post(IS_ALONE)
        if (channel) await inTime(contact)
        hasOthers ??= false
      }
      if (!hasOthers) return
      post(spare)
      await sleep(HEARD_WITHIN_MS)
    },
    close() {
      close()
      stops.forEach((stop) => stop())
    },
  }
}
