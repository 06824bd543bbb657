import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { createOidcProvider } from './oidc-provider.ts'

type AccessToken = InstanceType<Provider['AccessToken']>
type Grant = InstanceType<Provider['Grant']>

/** The provider in the demo: reached beside the API, and subject to the demo's controls. */
export interface OidcDemo {
  /** @param path what comes after the issuer */
  handle(request: IncomingMessage, response: ServerResponse, browser: string, path: string): void
  /** Finds the account of an access token; null for a dead one. */
  verify(accessToken: string): Promise<{ email: string; grantId: string } | null>
  /** Refuses the access tokens that are out in a browser; their refresh tokens stay good. */
  expire(browser: string): Promise<void>
  /** Ends all the sessions of a browser. */
  revoke(browser: string): Promise<void>
}

/**
 * @param path of the issuer, at whatever origin the demo is reached by
 * @param onRefresh told of each refresh token that came in: exchanged, or for the second time
 */
export function createOidcDemo(
  path: string,
  accessTokenLifetime: number,
  onRefresh: (browser: string, isReuse: boolean) => void,
): OidcDemo {
  let made: ReturnType<typeof make> | undefined
  const browsers = new WeakMap<IncomingMessage, string>()
  const grants = new Map<string, Set<Grant>>()
  const accessTokens = new Map<string | undefined, AccessToken[]>()

  async function make(origin: string) {
    const options = { issuer: origin + path, appOrigin: origin, accessTokenLifetime }
    const oidc = await createOidcProvider(options)
    oidc.provider.on('grant.success', (ctx) => {
      const browser = browsers.get(ctx.req) ?? ''
      const { Grant: grant } = ctx.oidc.entities
      if (grant) grants.set(browser, new Set(grants.get(browser)).add(grant))
      if (ctx.oidc.params?.['grant_type'] === 'refresh_token') onRefresh(browser, false)
    })
    oidc.provider.on('access_token.saved', (token) => {
      accessTokens.set(token.grantId, [token, ...(accessTokens.get(token.grantId) ?? [])])
    })
    oidc.provider.on('grant.error', (ctx, { error_detail: detail }) => {
      if (detail?.includes('already used')) onRefresh(browsers.get(ctx.req) ?? '', true)
    })
    return oidc
  }

  async function expire(browser: string): Promise<void> {
    for (const { jti } of grants.get(browser) ?? []) {
      await Promise.all((accessTokens.get(jti) ?? []).map((token) => token.destroy()))
      accessTokens.delete(jti)
    }
  }

  return {
    handle(request, response, browser, rest) {
      browsers.set(request, browser)
      made ??= make(`http://${request.headers.host}`)
      // The provider finds out by these where it is mounted; Express sets them, too
      Object.assign(request, { originalUrl: request.url, url: rest })
      void made.then((oidc) => oidc.handle(request, response))
    },
    verify: async (accessToken) => (await made)?.accountOf(accessToken) ?? null,
    expire,
    async revoke(browser) {
      await expire(browser)
      await Promise.all([...(grants.get(browser) ?? [])].map((grant) => grant.destroy()))
      grants.delete(browser)
    },
  }
}
