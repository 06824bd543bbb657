import type { AxiosHeaders, AxiosResponse, InternalAxiosRequestConfig } from 'axios'

/** What the application says of a response, with its body decoded. */
export interface Verdict {
  readonly isExpired: boolean
  /** The response goes to the caller: it keeps the decoded body, and axios' own turn to decode passes. */
  deliver(): void
}

/**
 * A JSON body that was asked for as text, bytes or a blob is parsed: a download may turn out to be an error.
 * What cannot be read, or only once, stays as it is.
 */
async function decodeJson({ data, headers }: AxiosResponse): Promise<unknown> {
  const isUndecoded =
    typeof data === 'string' ||
    data instanceof ArrayBuffer ||
    ArrayBuffer.isView(data) ||
    data instanceof Blob
  if (!isUndecoded || !String(headers['content-type']).includes('json')) return data
  try {
    return await new Response(data as BodyInit).json()
  } catch {
    return data
  }
}

/** A verdict that throws is no reason to keep the caller from an answer. */
async function ask(
  isExpired: (response: AxiosResponse) => boolean,
  response: AxiosResponse,
): Promise<boolean> {
  try {
    return isExpired(response)
  } catch (error) {
    console.error('[vue-auth-refresh] isExpired threw', error)
    return false
  }
}

/** The application's own verdict, over the decoded body, whatever the `responseType`. */
export async function judge(
  isExpired: (response: AxiosResponse) => boolean,
  response: AxiosResponse,
  config: InternalAxiosRequestConfig & { response?: AxiosResponse },
): Promise<Verdict> {
  const { transformResponse } = config
  let { data } = response as AxiosResponse<unknown>
  let isDecoded = true
  // A transform may read the response it decodes off the config, as in axios' own turn.
  config.response = response
  try {
    for (const transform of [transformResponse ?? []].flat()) {
      data = transform.call(config, data, response.headers as AxiosHeaders, response.status)
    }
  } catch {
    // A body that cannot be decoded is for axios to complain about.
    isDecoded = false
  }
  delete config.response

  return {
    isExpired: await ask(isExpired, {
      ...response,
      data: await decodeJson({ ...response, data }),
    }),
    deliver() {
      if (!isDecoded) return
      response.data = data
      config.transformResponse = (kept: unknown) => {
        if (transformResponse) config.transformResponse = transformResponse
        return kept
      }
    },
  }
}
