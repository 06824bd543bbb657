import type { AxiosInstance } from 'axios'
import type { AuthOptions, ProtectedAxios } from '../options'

/** Tells a function that makes instances from an instance, which can be called, too. */
export const makesInstances = (
  axios: AuthOptions['axios'],
): axios is Exclude<AuthOptions['axios'], ProtectedAxios> =>
  typeof axios === 'function' && !('interceptors' in axios)

/** The axios instances of a plugin: those of the option `axios`, and those that are added later. */
export interface Instances {
  /** The first one of the option. */
  first(): AxiosInstance
  /** Claims them all. */
  claim(): void
  /** Claims one more. Returns what undoes it. */
  add(instance: AxiosInstance): () => void
  /** Lets go of them all. They may be claimed again, for another app. */
  release(): void
}

/**
 * @param axios the option; a function is called once for each app
 * @param check checks what such a function has returned
 * @param claim claims an instance, and returns what lets go of it
 */
export function createInstances(
  axios: AuthOptions['axios'],
  check: (made: unknown) => void,
  claim: (instance: AxiosInstance) => () => void,
): Instances {
  const added = new Set<AxiosInstance>()
  const claims = new Map<AxiosInstance, () => void>()
  let ofOption: readonly [AxiosInstance, ...AxiosInstance[]] | undefined

  function list(): NonNullable<typeof ofOption> {
    if (ofOption) return ofOption
    const made = makesInstances(axios) ? axios() : axios
    check(made)
    return (ofOption = typeof made === 'function' ? [made] : made)
  }

  function claimOnce(instance: AxiosInstance): void {
    if (!claims.has(instance)) claims.set(instance, claim(instance))
  }

  function letGo(instance: AxiosInstance): void {
    claims.get(instance)?.()
    claims.delete(instance)
  }

  return {
    first: () => list()[0],
    claim: () => [...list(), ...added].forEach(claimOnce),
    add(instance) {
      claimOnce(instance)
      added.add(instance)
      return () => {
        added.delete(instance)
        letGo(instance)
      }
    },
    release() {
      ;[...claims.keys()].forEach(letGo)
      ofOption = undefined
    },
  }
}
