import { isObject } from '../utils/unknown-data'

/** A request as an axios config describes it at the wire. */
export interface OperationRequest {
  readonly method?: string
  readonly baseURL?: string
  readonly url?: string
  readonly params?: unknown
  readonly data?: unknown
}

const MAX_PARSED_CHARACTERS = 100_000
const MAX_KEY_CHARACTERS = 2_000

/** The name of the operation in a JSON body: GraphQL's, with or without a document, or JSON-RPC's. */
function nameIn(body: unknown): unknown {
  if (!isObject(body)) return null
  const { operationName, method, query, documentId, extensions } = body
  return operationName ?? method ?? query ?? documentId ?? extensions
}

/** The names of the operations in a body. One that is too long to be parsed is told by its beginning. */
function namesIn(data: unknown): unknown {
  const isText = typeof data === 'string'
  if (isText && data.length > MAX_PARSED_CHARACTERS) return data.slice(0, 100)
  try {
    return [isText ? JSON.parse(data) : data].flat().map(nameIn)
  } catch {
    return null
  }
}

/** The parameters that tell operations apart. A number or a time is data: a page, or a mark against caches. */
function wordsOf(query: unknown): string[][] {
  try {
    const params = [...new URLSearchParams(query as string | Record<string, string>)]
    return params.filter(([, value]) => !/^[-+.,:\dTZ]+$/.test(value))
  } catch {
    return []
  }
}

/**
 * The key of the operation that a request asks for: method, URL with base, and the names in its query and its body.
 * Costs the parsing of a body, so it is for requests that were denied.
 */
export function operationOf(request: OperationRequest): string {
  const { method, baseURL, url = '', params, data } = request
  const [path, query] = url.replace(/#.*/s, '').split('?')
  const parts = [method, baseURL, path, wordsOf(query), wordsOf(params), namesIn(data)]
  return JSON.stringify(parts).slice(0, MAX_KEY_CHARACTERS)
}
