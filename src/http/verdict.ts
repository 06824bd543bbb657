import { AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'

const JSON_TYPE = /\bjson\b/i

/** The bytes or text of a body that axios leaves undecoded; null for what can be read only once. */
async function textOf(data: unknown): Promise<string | null> {
  if (typeof data === 'string') return data
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return new TextDecoder().decode(data)
  if (typeof Blob !== 'undefined' && data instanceof Blob) return data.text()
  return null
}

/** A JSON body that was asked for as text, bytes or a blob: a download that turned out to be an error. */
async function decodeJson(response: AxiosResponse): Promise<unknown> {
  if (!JSON_TYPE.test(String(response.headers?.['content-type'] ?? ''))) return response.data
  try {
    return JSON.parse((await textOf(response.data)) ?? '')
  } catch {
    return response.data
  }
}

/** What the application says of a response, with its body decoded. */
export interface Verdict {
  readonly isExpired: boolean
  /** The response goes to the caller: it keeps the decoded body, and axios' own turn to decode passes. */
  deliver(): void
}

/** Decodes as axios is about to; null for a body that cannot be, for axios to complain about. */
function transform(
  response: AxiosResponse,
  config: InternalAxiosRequestConfig,
): { readonly data: unknown } | null {
  const headers = AxiosHeaders.from(response.headers as AxiosHeaders)
  // A transform may read the response it decodes off the config, as in axios' own turn.
  const carrier: InternalAxiosRequestConfig & { response?: AxiosResponse } = config
  carrier.response = response
  let data: unknown = response.data
  try {
    for (const decode of [config.transformResponse ?? []].flat()) {
      data = decode.call(config, data, headers.normalize(false), response.status)
    }
    return { data }
  } catch {
    return null
  } finally {
    delete carrier.response
  }
}

/** The application's own verdict, over the decoded body, whatever the `responseType`. */
export async function judge(
  isExpired: (response: AxiosResponse) => boolean,
  response: AxiosResponse,
  config: InternalAxiosRequestConfig,
): Promise<Verdict> {
  const { transformResponse } = config
  const decoded = transform(response, config)
  const data = await decodeJson(decoded ? { ...response, data: decoded.data } : response)
  return {
    isExpired: isExpired({ ...response, data }),
    deliver() {
      if (!decoded) return
      response.data = decoded.data
      config.transformResponse = (kept: unknown) => {
        if (transformResponse) config.transformResponse = transformResponse
        else delete config.transformResponse
        return kept
      }
    },
  }
}
