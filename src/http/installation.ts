import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** Global, because a hot reload brings a second copy of this module. */
const INSTALLED = Symbol.for('vue-auth-refresh')

type Protected = AxiosInstance & { [INSTALLED]?: (() => void) & { readonly session: string } }

/**
 * A hot reload may take an instance over, another session may not: requests would go out as another user.
 *
 * @throws when the instance belongs to a session of another name
 */
export function checkUnclaimed(instance: Protected, name: string): void {
  const { session = name } = instance[INSTALLED] ?? {}
  if (session !== name) {
    throw new Error(
      `createAuth(): the axios instance belongs to the session "${session}"; make one for "${name}".`,
    )
  }
}

/**
 * Has each call of an instance claimed for the session of that name, synchronously. Returns what undoes it; an
 * earlier installation on the instance is undone first.
 */
export function install(
  instance: Protected,
  name: string,
  claim: (config: InternalAxiosRequestConfig) => false,
): () => void {
  instance[INSTALLED]?.()
  const id = instance.interceptors.request.use(null, null, { synchronous: true, runWhen: claim })
  const eject = (): void => {
    instance.interceptors.request.eject(id)
    if (instance[INSTALLED] === undo) delete instance[INSTALLED]
  }
  const undo = Object.assign(eject, { session: name })
  return (instance[INSTALLED] = undo)
}
