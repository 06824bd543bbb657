import type {
  AxiosError,
  AxiosInstance,
  AxiosInterceptorManager,
  AxiosInterceptorOptions,
  InternalAxiosRequestConfig,
} from 'axios'
import { once } from '../utils/once'
import { warn } from '../utils/warn'

const isDevelopment = process.env.NODE_ENV !== 'production'

/** The mark of a protected instance. Global, because a hot reload brings a second copy of this module. */
const CLAIMS = Symbol.for('vue-auth-refresh/claims')

/** Called synchronously inside each call of the instance. Returns false, as a `runWhen` that runs nothing. */
export interface Wrap {
  (config: InternalAxiosRequestConfig): false
  /**
   * Called with the config of each answer, in development.
   *
   * @param isIntercepted whether calls of the instance still come through here
   */
  inspect?(this: void, config: InternalAxiosRequestConfig, isIntercepted: boolean): void
}

/** The plugins of an instance, each by its wrap. The newest installed one serves; without any, the newest. */
interface Wraps {
  readonly early: Wrap[]
  readonly installed: Wrap[]
}

const servingOf = ({ early, installed }: Wraps): Wrap | undefined =>
  installed.at(-1) ?? early.at(-1)

interface Claims {
  readonly session: string
  readonly wraps: Wraps
  /** Takes the interceptor off the instance again. */
  eject(): void
}

type Claimed = AxiosInstance & { [CLAIMS]?: Claims }

/** An interceptor on an instance. */
interface Interceptor {
  /** Whether the app has left it there. */
  isThere(): boolean
  eject(): void
}

/** Adds an interceptor. An app that clears all interceptors does not mean this one: it is put back. */
function intercept<Value>(
  list: AxiosInterceptorManager<Value>,
  fulfilled: (value: Value) => Value,
  rejected?: (error: AxiosError) => never,
  options?: AxiosInterceptorOptions,
): Interceptor {
  const { clear } = list
  const use = (): number => list.use(fulfilled, rejected, options)
  let id = use()
  // An app may also empty the list itself. The id may be that of an interceptor of its own then.
  const isThere = (): boolean =>
    list.handlers?.some((handler) => handler?.fulfilled === fulfilled) ?? true
  const clearAndPutBack = (): void => {
    clear.call(list)
    id = use()
  }
  list.clear = clearAndPutBack
  return {
    isThere,
    eject() {
      if (list.clear === clearAndPutBack) list.clear = clear
      if (isThere()) list.eject(id)
    },
  }
}

/** Has the config of each answer inspected. */
function interceptAnswers(
  { interceptors }: AxiosInstance,
  wraps: Wraps,
  { isThere }: Interceptor,
): Interceptor {
  /** An interceptor that was added before may have made anything at all of the answer. */
  const inspect = (answer?: { config?: InternalAxiosRequestConfig }): void => {
    if (answer?.config) servingOf(wraps)?.inspect?.(answer.config, isThere())
  }
  return intercept(
    interceptors.response,
    (response) => {
      inspect(response)
      return response
    },
    (error: AxiosError) => {
      inspect(error)
      throw error
    },
  )
}

/** Instances that were let go on a server, in development, each with the warning for its next claim. */
const released = new WeakMap<AxiosInstance, () => void>()

/**
 * Has `wrap` called for each call of the instance, for the session of that name. In a page, plugins of one session may
 * claim it together: the newest serves, and when it lets go, the one before. To claim it again is to be the newest.
 * Returns what lets go.
 *
 * @param isInstalled whether an app uses the plugin; one that none uses yet takes the instance from no other
 * @throws Error where it belongs to another session; on a server, where it belongs to another app
 */
export function claim(instance: Claimed, name: string, wrap: Wrap, isInstalled = true): () => void {
  const session = instance[CLAIMS]?.session ?? name
  if (session !== name) {
    throw new Error(
      `createAuth(): the axios instance belongs to the session "${session}"; make one for "${name}".`,
    )
  }
  const isServer = typeof window === 'undefined'
  const serving = instance[CLAIMS] && servingOf(instance[CLAIMS].wraps)
  if (serving && serving !== wrap && isServer) {
    throw new Error(
      `createAuth(): another app uses the axios instance, perhaps for another user. ${ONE_EACH}`,
    )
  }
  if (isDevelopment && !serving) released.get(instance)?.()
  const claims = (instance[CLAIMS] ??= newClaims(instance, name))
  const { early, installed } = claims.wraps
  const mine = isInstalled ? installed : early
  mine.push(wrap)

  return () => {
    const index = mine.indexOf(wrap)
    if (index >= 0) mine.splice(index, 1)
    if (servingOf(claims.wraps)) return
    claims.eject()
    if (instance[CLAIMS] === claims) delete instance[CLAIMS]
    if (isDevelopment && isServer && !released.has(instance)) {
      released.set(instance, once(warnOfReuse))
    }
  }
}

function newClaims(instance: AxiosInstance, session: string): Claims {
  const wraps: Wraps = { early: [], installed: [] }
  // Applications may call the handlers of that list themselves, so it must be a function.
  const calls = intercept(instance.interceptors.request, (config) => config, undefined, {
    synchronous: true,
    runWhen: (config) => servingOf(wraps)?.(config) ?? false,
  })
  const answers = isDevelopment ? interceptAnswers(instance, wraps, calls) : undefined
  return {
    session,
    wraps,
    eject() {
      calls.eject()
      answers?.eject()
    },
  }
}

/** The cure for an instance that several apps of a server use. */
const ONE_EACH = 'On a server, write `axios: () => axios.create(…)`: each app then has its own.'

function warnOfReuse(): void {
  warn(
    `An axios instance serves one app after another. A late request of the earlier one would be sent as the user of the later. ${ONE_EACH}`,
    'an-instance-serves-one-app-after-another',
  )
}
