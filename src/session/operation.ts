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

/** The parameters that tell operations apart. A number or a time is data: a page, or a mark against caches. */
const wordsOf = (query: unknown): string[][] =>
  [...new URLSearchParams(query as string | Record<string, string>)].filter(
    ([, value]) => !/^[-+.,:\dTZ]+$/.test(value),
  )

/**
 * The key of the operation that a request asks for: method, URL with base, and the names in its query and its body.
 * Costs the parsing of a body, so it is for requests that were denied.
 */
export function operationOf({
  method,
  baseURL = '',
  url = '',
  params,
  data,
}: OperationRequest): string {
  const [path, query] = url.replace(/#.*/s, '').split('?')
  // One text, because `fetch` has no base apart.
  const names: unknown[] = [method, `${baseURL}${path}`, wordsOf(query)]
  try {
    names.push(wordsOf(params))
    const body = typeof data === 'string' ? data : ''
    // One that is too long to be parsed is told by its beginning.
    if (body.length > MAX_PARSED_CHARACTERS) names.push(body.slice(0, 100))
    else names.push(...[JSON.parse(body)].flat().map(nameIn))
  } catch {
    // It is no JSON, and has no names.
  }
  return JSON.stringify(names).slice(0, MAX_KEY_CHARACTERS)
}
