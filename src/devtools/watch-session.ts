import { effectScope, watch, type EffectScope } from 'vue'
import type { AuthEvent } from 'vue-auth-refresh'
import type { DevtoolsPort } from '../devtools-port'
import { watchTabs, type TabWatch } from './tabs'

type Running = NonNullable<ReturnType<DevtoolsPort['session']>>
type Requests = Running['keeper']['requests']

/** A response that said "expired", and what followed from it. */
export interface Refusal {
  readonly at: number
  /** The method and the URL, without query. */
  readonly request: string
  readonly verdict: string
}

/** The session of a plugin, as the devtools see it. */
export interface WatchedSession {
  readonly port: DevtoolsPort
  /** The session in this tab; undefined where none is running. */
  session(): Running | undefined
  /** The last refusals, the newest first. */
  readonly refusals: readonly Refusal[]
  /** The requests that wait: for a refresh or for their user. */
  readonly waiting: ReadonlyMap<number, string>
  /** When the refresh in flight began, in ms since the epoch; null while there is none. */
  refreshingSince(): number | null
  /** The tabs of the session; undefined before it has begun to run. */
  tabs(): TabWatch | undefined
  /** Takes back all that was changed, and stops watching. */
  stop(): void
}

const MOST_REFUSALS = 30

/** The verdicts on a refusal, as evidence has them. */
const verdicts = {
  replayed: 'was sent with an older token: sent again with the newer one',
  joined: 'joins the refresh in flight',
  dead: 'is evidence that the token died: refreshed',
  none: 'is no evidence against the token: not refreshed',
  again: 'was refused again with a new token: it is this operation, not the token',
}

/** @param onChange called when anything has changed that is shown */
export function watchSession(
  port: DevtoolsPort,
  onEvent: (event: AuthEvent) => void,
  onChange: () => void,
): WatchedSession {
  const refusals: Refusal[] = []
  const waiting = new Map<number, string>()
  let session: Running | undefined
  let scope: EffectScope | undefined
  let tabs: TabWatch | undefined
  let since: number | null = null
  let restore = (): void => {}

  function note(request: Parameters<Requests['recover']>[1], verdict: string): void {
    const { method, baseURL = '', url = '' } = request
    const isAbsolute = /^(?:[a-z]+:)?\/\//i.test(url)
    const [path = ''] = (isAbsolute ? url : baseURL + url).split(/[?#]/)
    const name = `${String(method).toUpperCase()} ${path}`
    refusals.unshift({ at: Date.now(), request: name, verdict })
    refusals.length = Math.min(refusals.length, MOST_REFUSALS)
    onChange()
  }

  /** Listens to what the requests of a session ask of it. Returns what takes that back. */
  function tap(requests: Requests): () => void {
    const { recover, replayDenied } = requests
    requests.recover = (used, request, waited) => {
      const isOlder = requests.current() !== used
      const wasRefreshing = requests.isRefreshing()
      const live = recover(used, request, waited)
      const found = isOlder ? 'replayed' : !live ? 'none' : wasRefreshing ? 'joined' : 'dead'
      note(request, verdicts[found])
      return live
    }
    requests.replayDenied = (used, request) => {
      replayDenied(used, request)
      note(request, verdicts.again)
    }
    return () => Object.assign(requests, { recover, replayDenied })
  }

  function leave(): void {
    scope?.stop()
    tabs?.close()
    restore()
    tabs = undefined
    since = null
    waiting.clear()
  }

  /** Watches the session that is running now: an installation after `dispose()` has one of its own. */
  function follow(): void {
    const next = port.session()
    if (next === session) return
    leave()
    session = next
    if (!next) return
    const { keeper, view } = next
    tabs = watchTabs(port.sharedName())
    restore = tap(keeper.requests)
    scope = effectScope(true)
    scope.run(() => {
      const onRefreshing = (is: boolean): void => {
        since = is ? Date.now() : null
        // Requests whose callers have given up tell of nothing.
        if (!is && keeper.state().is !== 'lapsed') waiting.clear()
      }
      watch(view.isRefreshing, onRefreshing, { flush: 'sync', immediate: true })
      watch(Object.values(view), onChange, { flush: 'sync' })
    })
  }

  function listen(event: AuthEvent): void {
    follow()
    if (event.type === 'request-waiting') {
      waiting.set(event.request, `#${event.request} ${event.method} ${event.path}`)
    } else if ('request' in event) waiting.delete(event.request)
    else if (event.type === 'session-ended') waiting.clear()
    if (event.type === 'refresh-failed' && event.retryIn === null) port.beforeExchange = undefined
    onEvent(event)
    onChange()
  }

  port.listeners.add(listen)
  follow()
  return {
    port,
    session() {
      follow()
      return session
    },
    refusals,
    waiting,
    refreshingSince: () => since,
    tabs: () => tabs,
    stop() {
      port.listeners.delete(listen)
      port.beforeExchange = undefined
      leave()
    },
  }
}
