import { computed, ref, type ComputedRef } from 'vue'
import type { Tally } from './timeline'

/** A message between the demo's tabs, on a channel of their own. The library knows nothing of it. */
export type Message =
  | { readonly type: 'send'; readonly round: string; readonly count: number }
  /** The result of one tab; null while its requests are on their way. */
  | {
      readonly type: 'report'
      readonly round: string
      readonly tab: string
      readonly tally: Tally | null
    }
  | { readonly type: 'closed'; readonly tab: string }
  /** Something was done to the server, which all tabs share. `refused`: to the access token that is out. */
  | { readonly type: 'changed'; readonly refused: boolean }

export interface Channel {
  tell(message: Message): void
  listen(hear: (message: Message) => void): void
}

/** The result of all tabs: how many there are, how many are done, and their counts. */
export interface Round extends Pick<Tally, 'requests' | 'refreshes' | 'failed'> {
  readonly tabs: number
  readonly done: number
}

export interface Tabs {
  /** Null until one sends in every tab. */
  readonly round: ComputedRef<Round | null>
  sendEverywhere(count: number): Promise<void>
  /** This tab is about to go. */
  close(): void
}

/** @param send sends so many requests in this tab, and resolves with what was counted */
export function createTabs(
  { listen, tell }: Channel,
  send: (count: number) => Promise<Tally>,
): Tabs {
  const self = newId()
  const current = ref('')
  const reports = ref(new Map<string, Tally | null>())

  function report(tally: Tally | null): void {
    reports.value.set(self, tally)
    tell({ type: 'report', round: current.value, tab: self, tally })
  }

  async function take(round: string, count: number): Promise<void> {
    current.value = round
    reports.value.clear()
    report(null)
    // A copy: what is reactive cannot be posted
    const tally = { ...(await send(count)) }
    if (current.value === round) report(tally)
  }

  listen((message) => {
    if (message.type === 'send') void take(message.round, message.count)
    // Counts from before a tab was closed stay
    if (message.type === 'closed' && !reports.value.get(message.tab)) {
      reports.value.delete(message.tab)
    }
    if (message.type === 'report' && message.round === current.value) {
      reports.value.set(message.tab, message.tally)
    }
  })

  return {
    round: computed(() => (current.value ? sumOf([...reports.value.values()]) : null)),
    sendEverywhere(count) {
      const round = newId()
      tell({ type: 'send', round, count })
      return take(round, count)
    },
    close: () => tell({ type: 'closed', tab: self }),
  }
}

function sumOf(reports: readonly (Tally | null)[]): Round {
  const done = reports.filter((tally) => tally !== null)
  const sum = (what: keyof Tally) => done.reduce((total, tally) => total + tally[what], 0)
  return {
    tabs: reports.length,
    done: done.length,
    requests: sum('requests'),
    refreshes: sum('refreshes'),
    failed: sum('failed'),
  }
}

const newId = () => Math.random().toString(36).slice(2)

export function openChannel(name: string): Channel {
  const channel = new BroadcastChannel(name)
  return {
    tell: (message) => channel.postMessage(message),
    listen: (hear) =>
      channel.addEventListener('message', ({ data }: MessageEvent<Message>) => hear(data)),
  }
}
