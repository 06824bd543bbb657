import {
  allowInsecureRequests,
  customFetch,
  DPoP,
  modifyAssertion,
  protectedResourceRequest,
  type Client,
  type DPoPHandle,
} from 'oauth4webapi'
import { AuthError, type AuthOptions } from 'vue-auth-refresh'
import { makeKeys, readKeys } from './dpop-keys'

type Prove = NonNullable<AuthOptions['prove']>

/** A server's word on proofs, by its origin. That of a provider is none for an API (RFC 9449 §8). */
interface ServerNotes {
  readonly nonce?: string
  /** Whether the nonce came with a refusal whose reason the page may not see. */
  readonly isGuess: boolean
  /** The difference from its clock to this one, in s. */
  readonly skew: number
}

/** The notes that a proof was made with, and the origin of its server. */
interface UsedNotes {
  origin: string
  nonce?: string
  isGuess: boolean
  skew: number
}

/** The difference between clocks, in s, that servers put up with. */
const CLOCKS_DIFFER = 5

/** Reads a header of a response; empty where there is none, or a page may not see it. */
type Header = (name: string) => string

/** Makes the proofs of a client (RFC 9449). Loaded when `dpop` asks for it, and imports nothing of the entry. */
export interface Dpop {
  /** The thumbprint of the key, to which the authorization code is bound (RFC 9449 §10); undefined where a reload loses the key. */
  thumbprint(): Promise<string | undefined>
  /**
   * Sends a request to the token endpoint, and once more if the provider asks for a proof with its nonce or its time.
   *
   * @param isRefresh whether the tokens are bound to a key that must be there
   * @throws AuthError `rejected` without that key; `malformed` where the provider has bound no tokens
   */
  send(request: (handle: DPoPHandle) => Promise<Response>, isRefresh: boolean): Promise<Response>
  /** Makes the headers of one send to an API. */
  prove: Prove
}

/** @param id the name of the key: tabs of one client share it */
export function createDpop(client: Client, id: string): Dpop {
  const ofProvider = new Map<string, ServerNotes>()
  const ofApis = new Map<string, ServerNotes>()
  /** The key, until a refusal gives reason to doubt it: another tab may have signed in with a new one. */
  let known: Promise<CryptoKeyPair> | undefined

  /** Makes a handle for one proof, and what that will be made with. */
  function proofBy(keys: CryptoKeyPair, notes: Map<string, ServerNotes>) {
    const used: UsedNotes = { origin: '', isGuess: false, skew: 0 }
    const handle = DPoP(client, keys, {
      [modifyAssertion](_header, payload) {
        used.origin = new URL(payload['htu'] as string).origin
        Object.assign(used, notes.get(used.origin))
        payload['iat'] = Number(payload['iat']) + used.skew
        if (used.nonce) payload['nonce'] = used.nonce
      },
    })
    return { handle, used }
  }

  /**
   * Notes what a server says of proofs. Returns whether another proof may do where one made by `used` did not.
   *
   * @param refusal the error code of a refusal, empty where a page may not see it; null for another answer
   */
  function heed(
    notes: Map<string, ServerNotes>,
    used: UsedNotes,
    refusal: string | null,
    header: Header,
  ): boolean {
    const found = notes.get(used.origin)
    const nonce = header('dpop-nonce') || found?.nonce
    let skew = found?.skew ?? 0
    // The time of a refusal is that of now. Another answer may be a cached one.
    const ahead = Math.round((Date.parse(header('date')) - Date.now()) / 1_000)
    if (refusal !== null && !Number.isNaN(ahead)) skew = Math.abs(ahead) > CLOCKS_DIFFER ? ahead : 0
    const isGuess = refusal === ''
    notes.set(used.origin, { skew, isGuess, ...(nonce && { nonce }) })
    if (refusal === 'invalid_dpop_proof') return Math.abs(skew - used.skew) > CLOCKS_DIFFER
    // The second refusal without a reason is one of the token: some servers send a new nonce with each answer.
    const isAsked = isGuess ? !used.isGuess : refusal === 'use_dpop_nonce'
    return isAsked && nonce !== used.nonce
  }

  return {
    async thumbprint() {
      const { keys, isStored } = await readKeys(id, true)
      if (!isStored || !keys) return undefined
      const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey)
      return thumbprintOf(JSON.stringify({ crv, kty, x, y }))
    },

    async send(request, isRefresh) {
      const { keys } = await readKeys(id, !isRefresh)
      if (!keys) throw new AuthError('rejected', 'The key that the tokens are bound to is gone')
      known = Promise.resolve(keys)
      for (let isLast = false; ; isLast = true) {
        const { handle, used } = proofBy(keys, ofProvider)
        const response = await request(handle)
        const { error, token_type: type } = await membersOf(response.clone())
        const refusal = response.ok ? null : String(error)
        const header: Header = (name) => response.headers.get(name) ?? ''
        const mayDo = heed(ofProvider, used, refusal, header)
        if (mayDo && !isLast) continue
        if (response.ok && String(type).toLowerCase() !== 'dpop') {
          throw new AuthError('malformed', 'The provider has bound no tokens: leave out `dpop`')
        }
        return response
      }
    },

    async prove({ method, url, token }) {
      known ??= readKeys(id, false).then(({ keys }) => keys ?? makeKeys())
      const { handle, used } = proofBy(await known, ofApis)
      let headers: Record<string, string> = {}
      await protectedResourceRequest(token, method, new URL(url), undefined, null, {
        DPoP: handle,
        [allowInsecureRequests]: true,
        // Take the proof, and leave the sending to the client of HTTP.
        [customFetch]: async (_url, init) => {
          headers = init.headers
          return new Response()
        },
      })
      return {
        headers,
        isChallenged({ status, header }) {
          const isRefused = status === 401
          if (isRefused) known = undefined
          const refusal = isRefused ? refusalIn(header('www-authenticate')) : null
          return heed(ofApis, used, refusal, header)
        },
      }
    },
  }
}

/** The error code of a challenge (RFC 9449 §7.1); empty without a challenge. */
const refusalIn = (challenge: string): string =>
  challenge && (/\berror="?(\w+)/i.exec(challenge)?.[1] ?? 'none')

/** The members of a JSON body; none where it is no JSON. */
const membersOf = async (response: Response): Promise<Record<string, unknown>> =>
  Object(await response.json().catch(() => null)) as Record<string, unknown>

/** The SHA-256 of a text, in base64url. */
async function thumbprintOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '')
}
