import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** A path that is relative for axios and for every URL parser, and so cannot leave the origin of its base. */
const SAFE_PATH = /^\/?(?![a-z][a-z\d+.-]*:)[\w-]/i

/** The scheme that makes a URL absolute, whatever the page. */
const ABSOLUTE = /^https?:\/\//i

/** The URL of a page that is not there, e.g. on a server. Nothing is found under it. */
const NO_PAGE = 'http://page.invalid'

/**
 * Members of a config that lead elsewhere in Node, whatever the URL. They are plain data, as a request from outside may
 * bring it. An agent, a `transport` or a `lookup` is code of the application, which could send the token itself.
 */
const DETOURS = ['socketPath', 'proxy', 'http2Options'] as const

/** The parts of a request that say where it leads. */
export type Target = Pick<
  InternalAxiosRequestConfig,
  'baseURL' | 'url' | 'allowAbsoluteUrls' | (typeof DETOURS)[number]
>

/** The URL of the page. Without one, relative URLs have an origin that no server has. */
const pageUrl = (): string => globalThis.location?.href ?? NO_PAGE

/** The URL that browsers resolve relative URLs by. A `<base>` element moves it. */
const baseUrl = (): string => globalThis.document?.baseURI ?? pageUrl()

type Part = 'origin' | 'pathname' | 'username' | 'password'

/**
 * Finds a part of a URL. It is empty where that is no URL.
 *
 * @param base resolves relative URLs
 */
export function partOf(build: () => string, part: Part, base = baseUrl()): () => string {
  return () => {
    try {
      const url = build()
      // A base that is not needed would be parsed as well.
      return new URL(url, ABSOLUTE.test(url) ? undefined : base)[part]
    } catch {
      return ''
    }
  }
}

/**
 * Finds a part of the final URL of a request: the one that the adapter would build now, without `params`. A query in
 * `url` stays.
 */
export const partOfUrl = (
  instance: AxiosInstance,
  { baseURL = '', url = '', allowAbsoluteUrls = true }: Target,
  part: Part,
  base?: string,
): (() => string) => partOf(() => instance.getUri({ baseURL, url, allowAbsoluteUrls }), part, base)

/**
 * The origins of the base URLs of an instance. An app may replace the object `instance.defaults`, as generated clients
 * do; axios goes on with its own. The base URLs of both are the app's.
 */
export const ownOrigins = (instance: AxiosInstance): string[] =>
  [instance.defaults.baseURL ?? '', instance.getUri({ url: '' })].map((own) =>
    partOfUrl(instance, { url: own }, 'origin', pageUrl())(),
  )

/** Whether a `<base>` element leads a request to another origin than that of its page. */
export function isMovedByMarkup(instance: AxiosInstance, target: Target): boolean {
  if (baseUrl() === pageUrl()) return false
  const origin = partOfUrl(instance, target, 'origin', pageUrl())()
  // The URL of a frame with `srcdoc` resolves nothing.
  return !!origin && partOfUrl(instance, target, 'origin')() !== origin
}

/** Whether two values are equal, or have equal members: axios copies the objects and lists of its defaults. */
const isCopy = (one: unknown, other: unknown): boolean =>
  one === other ||
  (typeof one === 'object' &&
    typeof other === 'object' &&
    Object.keys({ ...one, ...other }).every((key) => isCopy(Object(one)[key], Object(other)[key])))

/**
 * Finds what leads a request elsewhere, whatever its URL: a socket, a proxy or options of HTTP/2 that the application has
 * not named for the whole instance.
 */
export const detourOf = (
  { defaults }: AxiosInstance,
  config: Target,
): (typeof DETOURS)[number] | undefined =>
  DETOURS.find(
    (name) =>
      config[name] && !(Object.hasOwn(defaults, name) && isCopy(config[name], defaults[name])),
  )

/**
 * Makes the check whether a request may carry the credential, judged on its final URL. Markup moves where a relative URL
 * leads, but not the origin that it must lead to. A socket leads anywhere, whatever the URL.
 */
export const createOriginCheck =
  (instance: AxiosInstance, allowedOrigins?: readonly string[]) =>
  (config: Target): boolean => {
    if (detourOf(instance, config)) return false
    const { baseURL = '', url = '' } = config
    const ownBase = instance.defaults.baseURL ?? ''
    // Skip parsing for paths below the instance's base, nearly all requests. Not without a base: URL parsers drop tabs
    // and line breaks, so a raw path can name another origin.
    const isBelowBase = !allowedOrigins && ownBase && baseURL === ownBase && SAFE_PATH.test(url)
    if (isBelowBase && (ABSOLUTE.test(ownBase) || baseUrl() === pageUrl())) return true
    const origin = partOfUrl(instance, config, 'origin')()
    return !!origin && (allowedOrigins ?? ownOrigins(instance)).includes(origin)
  }

/** The base URL of an instance without its query; empty where it has none. */
export function baseOf(instance: AxiosInstance): string {
  const base = instance.defaults.baseURL || instance.getUri({ url: '' })
  if (!base) return ''
  try {
    // A base that is relative to a page means the same on each page of an app.
    const { origin, pathname } = new URL(base, globalThis.location?.origin ?? NO_PAGE)
    return (origin + pathname).replace(/\/+$/, '')
  } catch {
    // A page without an origin, as in a sandboxed frame.
    return base
  }
}
