import {
  isAxiosError,
  isCancel,
  type AxiosError,
  type AxiosInstance,
  type InternalAxiosRequestConfig,
} from 'axios'
import { computed, reactive, type ComputedRef } from 'vue'
import { isAuthError, type AuthEvent } from 'vue-auth-refresh'

/** The state of a request: on its way, waiting for the refresh, on its way again with a new token. */
export type Phase = 'sent' | 'waiting' | 'replayed'

/** One phase of a request. Times are in ms since the epoch; `to` is null while it lasts. */
export interface Segment {
  readonly phase: Phase
  readonly from: number
  to: number | null
}

export interface Row {
  /** Its own among all rows, unlike the key. */
  readonly id: number
  /** Method and path: what an event and a call of axios have in common. */
  readonly key: string
  readonly label: string
  readonly from: number
  to: number | null
  readonly segments: Segment[]
  /** The server answered "expired" to the first sending. */
  refused: boolean
  outcome: 'pending' | 'answered' | 'failed'
  /** The status of the answer, or in a word why there is none. */
  result: string
}

export interface Refresh {
  readonly from: number
  to: number | null
  /** How often this tab asked the token endpoint: never, where another tab did it all. */
  attempts: number
  /** `adopted`: the new token came from another tab. */
  outcome: 'pending' | 'succeeded' | 'failed' | 'adopted'
  /** How many requests waited for it. */
  waited: number
}

export interface Tally {
  requests: number
  answered: number
  failed: number
  /** Answered "expired" at first. */
  refused: number
  /** Made by this tab. */
  refreshes: number
  /** Made by another tab and found by this one. */
  adopted: number
}

/** The calls made while any was in flight, and the refreshes that they waited for. */
export interface Burst {
  readonly rows: Row[]
  readonly refreshes: Refresh[]
  readonly tally: Tally
  /** When it began and when something last happened, in ms since the epoch; null when nothing has yet. */
  from: number | null
  to: number | null
  /** The session ended meanwhile. */
  isOver: boolean
  /** The session was refused: its user is `asked` to sign in again, for what waits to be sent; or has `answered`. */
  lapse: 'asked' | 'answered' | null
}

export interface Timeline {
  readonly burst: Burst
  /** Since the page was loaded or the session began. */
  readonly total: Tally
  /** Nothing is on its way and nothing is being refreshed. */
  readonly idle: ComputedRef<boolean>
  called(key: string, label: string, at?: number): void
  settled(key: string, outcome: 'answered' | 'failed', result: string, at?: number): void
  record(event: AuthEvent): void
}

/** The number of requests whose details the picture remembers. */
const memory = 200

export function createTimeline(): Timeline {
  const burst = reactive<Burst>({
    rows: [],
    refreshes: [],
    tally: nothing(),
    from: null,
    to: null,
    isOver: false,
    lapse: null,
  })
  const total = reactive(nothing())

  /** The refresh that is under way; in the picture only when a request of the picture waits for it. */
  let running: Refresh | null = null
  let rows = 0

  const isPending = () =>
    burst.rows.some((row) => row.to === null) || burst.refreshes.some(({ to }) => to === null)

  function clear(): void {
    burst.rows.length = 0
    burst.refreshes.length = 0
    Object.assign(burst.tally, nothing())
    burst.from = null
    burst.to = null
    burst.isOver = false
    // A user who is being asked answers for later calls, too
    if (burst.lapse === 'answered') burst.lapse = null
  }

  function touch(at: number): void {
    burst.from ??= at
    burst.to = Math.max(burst.to ?? at, at)
  }

  function count(what: 'requests' | 'answered' | 'failed' | 'refused'): void {
    burst.tally[what] += 1
    total[what] += 1
  }

  const pendingRow = (key: string) => burst.rows.find((row) => row.key === key && row.to === null)
  const waiting = () =>
    burst.rows.filter((row) => row.to === null && row.segments.at(-1)?.phase === 'waiting')

  /** A refresh that the page made for itself, for its user say, is not in the picture until it is waited for. */
  function show(refresh: Refresh): void {
    if (burst.refreshes.includes(refresh)) return
    burst.refreshes.push(refresh)
    burst.tally.refreshes += 1
  }

  function enter(row: Row, phase: Phase, at: number): void {
    leave(row, at)
    row.segments.push({ phase, from: at, to: null })
  }

  function leave(row: Row, at: number): void {
    const segment = row.segments.at(-1)
    if (segment) segment.to ??= at
  }

  function recordRequest(event: Extract<AuthEvent, { path: string }>): void {
    const row = pendingRow(`${event.method} ${event.path}`)
    if (!row) return
    touch(event.at)
    if (event.type === 'request-sent') {
      if (row.segments.at(-1)?.phase !== 'replayed') enter(row, 'sent', event.at)
    } else if (event.type === 'request-replayed') {
      enter(row, 'replayed', event.at)
    } else {
      if (event.after === 'expired') {
        row.refused = true
        count('refused')
      }
      enter(row, 'waiting', event.at)
      if (running) {
        show(running)
        running.waited += 1
      }
    }
  }

  function startRefresh({ at, attempt }: Extract<AuthEvent, { attempt: number }>): void {
    if (attempt > 1) {
      if (running) running.attempts = attempt
      return
    }
    total.refreshes += 1
    const waited = waiting().length
    running = reactive<Refresh>({ from: at, to: null, attempts: 1, outcome: 'pending', waited })
    if (waited === 0) return
    touch(at)
    show(running)
  }

  /** Ends a refresh here once no request waits for it: a later answer changes no picture. */
  function endRefresh(outcome: Exclude<Refresh['outcome'], 'pending'>, at: number): void {
    if (!running) return
    if (burst.refreshes.includes(running)) touch(at)
    running.outcome = outcome
    running.to = at
    running = null
  }

  /** Another tab has refreshed. Where nothing is on its way here, there is no picture that it could be in. */
  function adopt(at: number): void {
    total.adopted += 1
    if (!isPending()) return endRefresh('adopted', at)
    burst.tally.adopted += 1
    if (running) return endRefresh('adopted', at)
    touch(at)
    const begun = waiting().map(({ segments }) => segments.at(-1)?.from ?? at)
    burst.refreshes.push({
      from: Math.min(at, ...begun),
      to: at,
      attempts: 0,
      outcome: 'adopted',
      waited: begun.length,
    })
  }

  return {
    burst,
    total,
    idle: computed(() => !isPending()),

    called(key, label, at = Date.now()) {
      if (!isPending()) clear()
      touch(at)
      count('requests')
      burst.rows.push({
        id: (rows += 1),
        key,
        label,
        from: at,
        to: null,
        segments: [],
        refused: false,
        outcome: 'pending',
        result: '',
      })
      if (burst.rows.length > memory) burst.rows.shift()
    },

    settled(key, outcome, result, at = Date.now()) {
      const row = pendingRow(key)
      if (!row) return
      touch(at)
      leave(row, at)
      row.to = at
      row.outcome = outcome
      row.result = result
      count(outcome)
    },

    record(event) {
      if ('path' in event) recordRequest(event)
      else if (event.type === 'refresh-started') startRefresh(event)
      else if (event.type === 'refresh-succeeded') {
        if (event.adopted) adopt(event.at)
        else endRefresh('succeeded', event.at)
      } else if (event.type === 'session-ended') {
        endRefresh('failed', event.at)
        burst.isOver = true
        burst.lapse = null
      } else if (event.type === 'session-lapsed') {
        endRefresh('failed', event.at)
        burst.lapse = 'asked'
      } else if (event.type === 'session-resumed') {
        burst.lapse = isPending() ? 'answered' : null
      }
      // Another session, perhaps another user's: nothing of the one before is to be seen
      else if (event.type === 'session-started') {
        clear()
        Object.assign(total, nothing())
      } else if (event.type === 'refresh-failed' && event.retryIn === null) {
        endRefresh('failed', event.at)
      }
    },
  }
}

/** Tells the timeline when a call was made and when its caller had the answer. */
export function watchCalls(api: AxiosInstance, timeline: Timeline): void {
  const keyOf = (config: InternalAxiosRequestConfig) =>
    `${(config.method ?? 'get').toUpperCase()} ${new URL(api.getUri(config), location.href).pathname}`

  api.interceptors.request.use((config) => {
    if (!config.skipAuth) timeline.called(keyOf(config), labelOf(keyOf(config)))
    return config
  })
  api.interceptors.response.use(
    (response) => {
      timeline.settled(keyOf(response.config), 'answered', String(response.status))
      return response
    },
    (error: unknown) => {
      if (isAxiosError(error) && error.config) {
        timeline.settled(keyOf(error.config), 'failed', reasonOf(error))
      }
      return Promise.reject(error)
    },
  )
}

function nothing(): Tally {
  return { requests: 0, answered: 0, failed: 0, refused: 0, refreshes: 0, adopted: 0 }
}

/** `/api/orders/17` is `#17`, `/api/reports/20` is `report 20`, without a number it is `profile`. */
function labelOf(key: string): string {
  const [resource = '', number] = key.split('/').slice(2)
  if (!/^\d+$/.test(number ?? '')) return resource
  return resource === 'orders' ? `#${number}` : `${resource.replace(/s$/, '')} ${number}`
}

function reasonOf(error: AxiosError): string {
  if (isCancel(error)) return 'cancelled'
  if (isAuthError(error, 'unreachable')) return 'no refresh'
  if (isAuthError(error)) return 'signed out'
  return error.response ? String(error.response.status) : 'no answer'
}
