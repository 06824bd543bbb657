import type { Fault } from '../../tests/fixtures/auth-server.ts'

/** A fault that every exchange meets for a while. */
export interface FaultCase {
  readonly name: string
  /** Whether the session must end with it; else it must be kept. */
  readonly ends?: boolean
  /** Where exchanges go meanwhile. Default: to the token endpoint. */
  readonly url?: string
  /** The token endpoint's fault, given the URL of an endpoint at another origin. Default: none. */
  fault?(elsewhere: string): Fault
  /** In ms: how long it may take until the session works again. Default: as long as an exchange may take. */
  readonly recoversWithin?: number
}

const json = { 'content-type': 'application/json' }

const answer = (
  name: string,
  status: number,
  headers?: Record<string, string>,
  body?: string,
): FaultCase => ({
  name,
  fault: () => ({
    kind: 'answer',
    status,
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
  }),
})

const ofKind = (
  name: string,
  kind: Exclude<Fault['kind'], 'answer' | 'extra'>,
  rest?: Partial<FaultCase>,
): FaultCase => ({ name, fault: () => ({ kind }), ...rest })

/** In seconds: more than `refreshTimeout`, so that no request can wait for it. */
const RETRY_AFTER = 3

/** Says when it is over rather than how long it takes: another date in every answer. */
const untilDate: FaultCase = {
  name: '429, Retry-After: a date',
  fault: () => ({
    kind: 'answer',
    status: 429,
    get headers() {
      return { 'retry-after': new Date(Date.now() + RETRY_AFTER * 1_000).toUTCString() }
    },
  }),
}

const redirect = (status: number): FaultCase => ({
  name: `${status} to another origin`,
  fault: (elsewhere) => ({ kind: 'answer', status, headers: { location: elsewhere } }),
})

export const faultList: readonly FaultCase[] = [
  ofKind('hang', 'hang'),
  ofKind('connection reset', 'reset'),
  ofKind('reset mid-body', 'reset-mid-body'),
  // The next exchange is a reuse, which the server must refuse (README, Limits).
  ofKind('answer lost after rotation', 'lost-answer', { ends: true }),
  { name: 'host not found', url: 'http://auth.invalid/auth/refresh' },
  // A system port without a listener.
  { name: 'connection refused', url: 'http://127.0.0.1:1/auth/refresh' },
  answer('408', 408),
  answer('425', 425),
  answer('429, Retry-After: seconds', 429, { 'retry-after': String(RETRY_AFTER) }),
  untilDate,
  answer('429, Retry-After: garbage', 429, { 'retry-after': 'after lunch' }),
  answer('500', 500),
  answer('502', 502, { 'content-type': 'text/html' }, '<html>Bad Gateway</html>'),
  answer('503', 503),
  answer('504', 504),
  answer('200, an HTML page', 200, { 'content-type': 'text/html' }, '<html>Wi-Fi login</html>'),
  answer('200, empty', 200, json, ''),
  answer('200, truncated JSON', 200, json, '{"access_token":"x'),
  answer('200, wrong types', 200, json, '{"access_token":{"a":1},"refresh_token":7}'),
  answer('204', 204),
  redirect(302),
  redirect(307),
  // A token refused right after its refresh is no evidence for 30 s. While requests go on asking, another 30 s pass
  // (docs/design.md).
  ofKind('expired on arrival', 'expired-on-arrival', { recoversWithin: 65_000 }),
  ofKind('no new refresh token', 'no-refresh-token'),
  { ...answer('400 invalid_grant', 400, json, '{"error":"invalid_grant"}'), ends: true },
]
