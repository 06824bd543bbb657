import type { AuthEvent } from './events'
import type { ResolvedOptions } from './options'
import { remaining } from './session/session'
import type { SessionMode } from './session/session-mode'
import type { AuthSession } from './store/auth-session'

/**
 * The key by which the entry `vue-auth-refresh/devtools` reaches a plugin. Global, because an app may have two copies of
 * this library.
 */
export const DEVTOOLS_PORT = Symbol.for('vue-auth-refresh/devtools')

/** The number of events that are remembered, so that devtools which are loaded late know how a session ended. */
const MOST_EVENTS = 200

/** A plugin as the entry `vue-auth-refresh/devtools` sees it. Production builds have none. */
export interface DevtoolsPort {
  readonly name: string
  readonly mode: SessionMode
  /** The name of the session as all tabs of the origin know it. Asked for once there is a session. */
  sharedName(this: void): string
  readonly remaining: typeof remaining
  /** The session in this tab; undefined until a request or an installation needs it, and after `dispose()`. */
  session(this: void): AuthSession | undefined
  /** The last events, the newest at the end. */
  readonly events: readonly AuthEvent[]
  /** Called after each event. */
  readonly listeners: Set<(event: AuthEvent) => void>
  /** Called before each exchange. An error that it throws is the answer. */
  beforeExchange: (() => void) | undefined
}

/** A plugin, with the port that its type does not name. */
export interface WithDevtoolsPort {
  readonly [DEVTOOLS_PORT]?: DevtoolsPort
}

/** Makes the port of a plugin. From here on, its options tell the port of each event and each exchange. */
export function openDevtoolsPort(
  options: ResolvedOptions,
  ports: Pick<DevtoolsPort, 'session' | 'sharedName'>,
): WithDevtoolsPort {
  const { name, session: mode, onEvent, refresh } = options
  const events: AuthEvent[] = []
  const port: DevtoolsPort = {
    ...ports,
    name,
    mode,
    remaining,
    events,
    listeners: new Set(),
    beforeExchange: undefined,
  }
  options.onEvent = (event) => {
    if (events.push(event) > MOST_EVENTS) events.shift()
    port.listeners.forEach((listener) => listener(event))
    return onEvent?.(event)
  }
  options.refresh = (tokens, context) => {
    port.beforeExchange?.()
    return refresh(tokens, context)
  }
  return { [DEVTOOLS_PORT]: port }
}
