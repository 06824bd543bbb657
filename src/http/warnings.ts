import type { AxiosInstance } from 'axios'
import type { Call } from '../calls/call'
import { once } from '../utils/once'
import { warn } from '../utils/warn'
import { detourOf, isMovedByMarkup, partOfUrl, type Target } from './allowed-origins'

/** Warns of requests that went without their token by mistake, in development. Each warning comes once. */
export interface Warnings {
  /**
   * The URL of a request may not receive the token.
   *
   * @param call has the base URL of the request when it was called
   */
  originNotAllowed(config: Target, call: Call & { baseURL?: string | undefined }): void
  /** A request with the token may have a user in its URL. */
  userInUrl(config: Target): void
  /** A request has an `Authorization` without a credential in it. */
  blankAuthorization(): void
  /** The adapter of a request was replaced after the call. */
  adapterReplaced(): void
  /** The adapter of a request was left out after the call. */
  adapterDropped(): void
  /** The interceptor that calls come through was removed. */
  interceptorRemoved(): void
}

export function createWarnings(
  instance: AxiosInstance,
  allowedOrigins?: readonly string[],
): Warnings {
  const warning = (text: string, section: string): (() => void) => once(() => warn(text, section))
  const lateBase = warning(
    'A request went without its token, because an interceptor set its `baseURL`. ' +
      'Name the origin in `allowedOrigins`, or set `baseURL` where the instance is made.',
    'an-interceptor-sets-the-baseurl',
  )
  const noBase = warning(
    'A request went without its token, because its instance has no `baseURL`. ' +
      'Name the origin of the API in `allowedOrigins`; `skipAuth: true` says that a request needs no token.',
    'the-instance-has-no-baseurl',
  )

  const detour = once((name: string) =>
    warn(
      'A request went without its token, because of its ' +
        `\`${name}\`. Set it where the instance is made.`,
      'a-socketpath-or-a-proxy',
    ),
  )
  const user = warning(
    'The URL of a request names a user, whom axios puts into `Authorization` in place of the token. ' +
      'Take the user out of the URL, or put the token into another header by `attach`.',
    'a-user-in-the-url',
  )
  const base = warning(
    'A request went without its token, because a `<base>` element leads it to another origin. ' +
      'Remove the element, or give the instance an absolute `baseURL`.',
    'a-base-element',
  )

  return {
    originNotAllowed(config, { baseURL }) {
      const name = detourOf(instance, config)
      if (name) return detour(name)
      if (isMovedByMarkup(instance, config)) return base()
      const originOf = (target: typeof config): string => partOfUrl(instance, target, 'origin')()
      const isBaseUsed = originOf(config) === originOf({ ...config, url: '' })
      if (config.baseURL !== baseURL && isBaseUsed) lateBase()
      else if (!allowedOrigins && !instance.defaults.baseURL && !instance.getUri({ url: '' }))
        noBase()
    },
    userInUrl(config) {
      if (!`${config.baseURL}${config.url}`.includes('@')) return
      const part = (name: 'username' | 'password'): string => partOfUrl(instance, config, name)()
      if (part('username') || part('password')) user()
    },
    blankAuthorization: warning(
      'A request has an `Authorization` without a credential, e.g. `Bearer undefined`; it is replaced. ' +
        'Remove the code that sets it; `Authorization: false` sends none.',
      'a-blank-authorization',
    ),
    adapterReplaced: warning(
      'A request went without its token, because an interceptor set its `adapter`. ' +
        'Set `adapter` where the instance is made, or in the call.',
      'an-interceptor-sets-the-adapter',
    ),
    adapterDropped: warning(
      'A request went without its token, because an interceptor left out its `adapter`. ' +
        'Return the config that it was given, or a copy with all members: `{ ...config }`.',
      'an-interceptor-leaves-out-the-adapter',
    ),
    interceptorRemoved: warning(
      'A request went without its token, because the app removed all request interceptors of its instance. ' +
        'Write `interceptors.request.clear()`, which leaves that of this library.',
      'the-interceptors-were-removed',
    ),
  }
}
