import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** A path that is relative for axios and for every URL parser, and so cannot leave the origin of its base. */
const SAFE_PATH = /^\/?(?![a-z][a-z\d+.-]*:)[\w-]/i

/** The absolute URL of one that may be relative to the page; null where it is not a URL. Works without a page, too. */
export function toUrl(url: string): URL | null {
  try {
    return new URL(url, globalThis.location?.href ?? 'http://page.invalid')
  } catch {
    return null
  }
}

/** The final URL of a request as the adapter will build it, without its query. */
export const finalUrl = (
  instance: AxiosInstance,
  { baseURL = '', url = '', allowAbsoluteUrls = true }: InternalAxiosRequestConfig,
): URL | null => toUrl(instance.getUri({ baseURL, url, allowAbsoluteUrls }))

/** Makes the check whether a request may carry the credential, judged on its final URL. */
export const createOriginCheck =
  (instance: AxiosInstance, allowedOrigins?: readonly string[]) =>
  (config: InternalAxiosRequestConfig): boolean => {
    const { baseURL = '', url = '' } = config
    const ownBase = instance.defaults.baseURL ?? ''
    // Saves parsing for paths below the instance's own base, which are nearly all. Without a base the raw path goes to
    // the wire, where URL parsers drop tabs and line breaks.
    if (!allowedOrigins && ownBase && baseURL === ownBase && SAFE_PATH.test(url)) return true
    const target = finalUrl(instance, config)?.origin
    return target !== undefined && (allowedOrigins ?? [toUrl(ownBase)?.origin]).includes(target)
  }
