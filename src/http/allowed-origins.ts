import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** A path that is relative for axios and for every URL parser, and so cannot leave the origin of its base. */
const SAFE_PATH = /^\/?(?![a-z][a-z\d+.-]*:)[\w-]/i
/** A base to which a path is appended after a slash: `https://host…` or `/path`. */
const SAFE_BASE = /^(?:https?:\/\/[^/\\?#@\s]+(?:\/|$)|\/[\w-])/i

/** An absolute URL of what may be relative to the page, or to nothing where there is no page; null if it is none. */
export function toUrl(url: string): URL | null {
  try {
    return new URL(url, globalThis.location?.href ?? 'http://page.invalid')
  } catch {
    return null
  }
}

/** The final URL of a request without its query, as the adapter will build it. */
export const finalUrl = (
  instance: AxiosInstance,
  { baseURL = '', url = '', allowAbsoluteUrls = true }: InternalAxiosRequestConfig,
): URL | null => toUrl(instance.getUri({ baseURL, url, allowAbsoluteUrls }))

/** Whether the credential may go where a request goes, judged on its final URL. */
export function createOriginCheck(
  instance: AxiosInstance,
  allowedOrigins: readonly string[] | undefined,
): (config: InternalAxiosRequestConfig) => boolean {
  const isAllowed = (url: URL | null): boolean => {
    const origins = allowedOrigins ?? [toUrl(instance.defaults.baseURL ?? '')?.origin]
    return url !== null && origins.includes(url.origin)
  }
  let judgedBase: string | undefined
  let isBaseAllowed = false

  return (config) => {
    const { baseURL = '', url = '' } = config
    if (!SAFE_PATH.test(url) || !SAFE_BASE.test(baseURL || url)) {
      return isAllowed(finalUrl(instance, config))
    }
    // Nearly every request: a path below the instance's own base, or below one that was judged before.
    if (!allowedOrigins && baseURL === (instance.defaults.baseURL ?? '')) return true
    if (!allowedOrigins || baseURL !== judgedBase) {
      judgedBase = baseURL
      isBaseAllowed = isAllowed(toUrl(baseURL))
    }
    return isBaseAllowed
  }
}
