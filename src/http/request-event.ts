import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'
import type { RequestInfo } from '../events'
import { once } from '../utils/once'
import { partOfUrl } from './allowed-origins'

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
  instance: AxiosInstance,
  config: InternalAxiosRequestConfig,
): E & RequestInfo {
  event.request = request
  event.method = String(config.method).toUpperCase()
  Object.defineProperty(event, PATH, { value: once(partOfUrl(instance, config, 'pathname')) })
  return Object.defineProperty(event as E & RequestInfo, 'path', lazyPath)
}
