import type { RequestInfo } from '../events'
import { once } from '../utils/once'

/** The key of the function that finds the path of an event. It is not enumerable, so no copy has it. */
const PATH = Symbol('path')

/**
 * The member `path` of every event. Engines slow objects down whose getters differ. Unlike a private field or a
 * WeakMap, the symbol works through a reactive proxy, too.
 */
const lazyPath = {
  get(this: { [PATH](): string }): string {
    return this[PATH]()
  },
  enumerable: true,
}

/**
 * Adds to an event of which request it is. In place, because a copy costs more than all else here. No URL is built
 * before the path is read, and nothing of the request is kept afterwards.
 */
export function withInfo<E extends object>(
  event: E & { request?: number; method?: string },
  request: number,
  method: unknown,
  findPath: () => string,
): E & RequestInfo {
  event.request = request
  event.method = String(method).toUpperCase()
  Object.defineProperty(event, PATH, { value: once(findPath) })
  return Object.defineProperty(event as E & RequestInfo, 'path', lazyPath)
}
