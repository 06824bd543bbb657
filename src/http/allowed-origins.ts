import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** Where relative URLs lead: the page, or a place that cannot exist where there is no page. */
const pageUrl = (): string => globalThis.location?.href ?? 'http://page.invalid/'

/** A base whose origin no relative path can change: `https://host…` or `/path`. */
const SAFE_BASE = /^(?:https?:\/\/[^/\\?#@\s]+(?:\/|$)|\/[\w-])/i
/** A path that is relative for axios and for every URL parser. */
const SAFE_PATH = /^(?:\/?(?![a-z][a-z\d+.-]*:)[\w-]|$)/i

const originOf = (url: string, base: string): string | null => {
  try {
    return new URL(url, base).origin
  } catch {
    return null
  }
}

/** The final URL of a request without its query, as the adapter will build it; null where it is none. */
export function finalUrl(instance: AxiosInstance, config: InternalAxiosRequestConfig): URL | null {
  try {
    return new URL(
      instance.getUri({
        baseURL: config.baseURL ?? '',
        url: config.url ?? '',
        allowAbsoluteUrls: config.allowAbsoluteUrls ?? true,
      }),
      pageUrl(),
    )
  } catch {
    return null
  }
}

/** Whether the credential may go where a request goes, judged on its final URL. */
export function createOriginCheck(
  instance: AxiosInstance,
  allowedOrigins: readonly string[] | null,
): (config: InternalAxiosRequestConfig) => boolean {
  let judgedBase: string | null = null
  let isBaseAllowed = false

  const isAllowed = (origin: string | null): boolean =>
    origin !== null &&
    (allowedOrigins
      ? allowedOrigins.includes(origin)
      : origin === originOf(instance.defaults.baseURL ?? '', pageUrl()))

  return (config) => {
    const { baseURL = '', url = '' } = config
    const isPlain = SAFE_PATH.test(url) && (SAFE_BASE.test(baseURL) || (!baseURL && url[0] === '/'))
    if (!isPlain) return isAllowed(finalUrl(instance, config)?.origin ?? null)

    // Nearly every request: a path below the instance's own base, or below one that was judged before.
    if (!allowedOrigins && baseURL === (instance.defaults.baseURL ?? '')) return true
    if (!allowedOrigins || baseURL !== judgedBase) {
      judgedBase = baseURL
      isBaseAllowed = isAllowed(originOf(baseURL, pageUrl()))
    }
    return isBaseAllowed
  }
}
