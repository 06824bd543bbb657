import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** A path that is relative for axios and for every URL parser, and so cannot leave the origin of its base. */
const SAFE_PATH = /^\/?(?![a-z][a-z\d+.-]*:)[\w-]/i

type Target = Pick<InternalAxiosRequestConfig, 'baseURL' | 'url' | 'allowAbsoluteUrls'>

/**
 * Finds a part of the final URL of a request: the one that the adapter would build now, without `params`. A query in
 * `url` stays. The part is empty where that is no URL. Without a page, relative URLs have an origin that no server has.
 */
export function partOfUrl(
  instance: AxiosInstance,
  { baseURL = '', url = '', allowAbsoluteUrls = true }: Target,
  part: 'origin' | 'pathname',
): () => string {
  const page = globalThis.location?.href ?? 'http://page.invalid'
  return () => {
    try {
      return new URL(instance.getUri({ baseURL, url, allowAbsoluteUrls }), page)[part]
    } catch {
      return ''
    }
  }
}

/**
 * Makes the check whether a request may carry the credential, judged on its final URL. An app may replace the object
 * `instance.defaults`, as generated clients do; axios goes on with its own. The base URLs of both are the app's.
 */
export const createOriginCheck =
  (instance: AxiosInstance, allowedOrigins?: readonly string[]) =>
  (config: InternalAxiosRequestConfig): boolean => {
    const { baseURL = '', url = '' } = config
    const ownBase = instance.defaults.baseURL ?? ''
    // Skip parsing for paths below the instance's base, nearly all requests. Not without a base: URL parsers drop tabs
    // and line breaks, so a raw path can name another origin.
    if (!allowedOrigins && ownBase && baseURL === ownBase && SAFE_PATH.test(url)) return true
    const originOf = (target: Target): string => partOfUrl(instance, target, 'origin')()
    const origin = originOf(config)
    const ownUrls = [ownBase, instance.getUri({ url: '' })]
    return (
      !!origin && (allowedOrigins ?? ownUrls.map((own) => originOf({ url: own }))).includes(origin)
    )
  }
