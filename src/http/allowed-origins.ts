import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** A path that is relative for axios and for every URL parser, and so cannot leave the origin of its base. */
const SAFE_PATH = /^\/?(?![a-z][a-z\d+.-]*:)[\w-]/i

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
export const createOriginCheck =
  (instance: AxiosInstance, allowedOrigins?: readonly string[]) =>
  (config: InternalAxiosRequestConfig): boolean => {
    const { baseURL = '', url = '' } = config
    const ownBase = instance.defaults.baseURL ?? ''
    // Nearly every request is for a path below the instance's own base. Without a base the raw path goes to the
    // wire, and URL parsers drop tabs and line breaks from it.
    if (!allowedOrigins && ownBase && baseURL === ownBase && SAFE_PATH.test(url)) return true
    const target = finalUrl(instance, config)?.origin
    return target !== undefined && (allowedOrigins ?? [toUrl(ownBase)?.origin]).includes(target)
  }
