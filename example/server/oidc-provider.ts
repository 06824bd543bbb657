import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Configuration } from 'oidc-provider'
import { demoAccounts } from '../accounts.ts'

export interface OidcProviderOptions {
  /** Where it is reached, without a slash at the end. */
  readonly issuer: string
  /** The origin of the app that signs its users in here. */
  readonly appOrigin: string
  /** The lifetime of the access tokens, in seconds. */
  readonly accessTokenLifetime: number
  /** Whether tokens are bound to a key of the app, with nonces (RFC 9449). Default false. */
  readonly isBound?: boolean
  /** APIs that tokens may be for (RFC 8707), beside that of the demo. */
  readonly resources?: readonly string[]
}

/** The account of an access token, and what the token is for. */
export interface TokenAccount {
  readonly email: string
  readonly grantId: string
  /** The thumbprint of the key that it is bound to. */
  readonly jkt: string | undefined
  /** The API that it is for; undefined for that of the demo. */
  readonly audience: string | string[] | undefined
}

/** The one client: a public one, of which the app needs to know no more. */
export const oidcClientId = 'vue-auth-refresh-demo'

/**
 * A certified OpenID Provider (`oidc-provider`), in memory, with a login form for the demo's accounts. Refresh tokens are
 * rotated, and one that comes a second time ends the session.
 */
export async function createOidcProvider(options: OidcProviderOptions) {
  const { issuer, appOrigin, accessTokenLifetime, isBound = false, resources = [] } = options
  const wayBack = `<p><a href="${appOrigin}/login">Back to the demo</a></p>`
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const provider = await makeProvider(issuer, {
    jwks: { keys: [{ ...key.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [key.export({ format: 'der', type: 'pkcs8' }).toString('base64url', 0, 32)] },
    clients: [
      {
        client_id: oidcClientId,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${appOrigin}/callback`],
        post_logout_redirect_uris: [`${appOrigin}/login`],
        dpop_bound_access_tokens: isBound,
      },
    ],
    ttl: {
      AccessToken: accessTokenLifetime,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 3_600,
      Interaction: 3_600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: (_ctx, origin) => origin === appOrigin,
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    // The app is the provider's own: no user is asked for a consent.
    loadExistingGrant: async ({ oidc }) => {
      const { client, session } = oidc
      if (!client || !session?.accountId) return undefined
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid')
      for (const resource of resources) grant.addResourceScope(resource, 'orders')
      await grant.save()
      return grant
    },
    interactions: { url: (_ctx, { uid }) => `${issuer}/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      dPoP: { nonceSecret: randomBytes(32), requireNonce: () => isBound },
      resourceIndicators: {
        // One that is not granted makes a token without a scope.
        getResourceServerInfo: () => ({ scope: 'orders', accessTokenTTL: accessTokenLifetime }),
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        logoutSource: (ctx, form) => {
          ctx.body = page(
            'Sign out',
            `${form}<p>The demo has signed you out. You are still signed in here, at the provider.</p>
            <button form="op.logoutForm" name="logout" value="yes">Sign out here too</button>
            <button form="op.logoutForm">Stay signed in here</button>`,
          )
        },
        // Without the app's address; with it, the provider goes there by itself
        postLogoutSuccessSource: (ctx) => {
          ctx.body = page('Signed out', wayBack)
        },
      },
    },
    renderError: (ctx, { error }) => {
      ctx.type = 'html'
      ctx.body = page('That did not work', `<p>${error}</p>${wayBack}`)
    },
  })
  const answer = provider.callback()

  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await provider.interactionDetails(request, response)
    const given = new URLSearchParams(request.method === 'POST' ? await bodyOf(request) : '')
    if (given.has('cancel')) {
      return provider.interactionFinished(request, response, { error: 'access_denied' })
    }
    const account = demoAccounts.find(
      ({ email, password }) => email === given.get('email') && password === given.get('password'),
    )
    if (account) {
      return provider.interactionFinished(request, response, {
        login: { accountId: account.email },
      })
    }
    response
      .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
      .end(page('Sign in', loginForm(given.has('email'))))
  }

  return {
    provider,
    /** Finds the account of an access token, by email; null for a token that is forged or dead. */
    async accountOf(accessToken: string): Promise<TokenAccount | null> {
      const found = await provider.AccessToken.find(accessToken)
      if (!found?.grantId) return null
      const { accountId, grantId, jkt, aud } = found
      return { email: accountId, grantId, jkt, audience: aud }
    },
    /** @param request its `url` is relative to the issuer */
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      if (!request.url?.startsWith('/interaction/')) return void answer(request, response)
      try {
        await interact(request, response)
      } catch {
        response.writeHead(400, { 'Content-Type': 'text/html; charset=utf-8' })
        response.end(page('That did not work', `<p>This login is over. Begin again.</p>${wayBack}`))
      }
    },
  }
}

/** Without its warnings that this is not for production: about this version of Node, and about keeping all in memory. */
async function makeProvider(issuer: string, configuration: Configuration) {
  const { warn } = console
  console.warn = (...words: unknown[]) => {
    const isKnown =
      /oidc-provider WARNING: (Unsupported runtime|a quick start .* in-memory adapter)/
    if (!isKnown.test(String(words[0]))) warn(...words)
  }
  try {
    const { default: Provider } = await import('oidc-provider')
    return new Provider(issuer, configuration)
  } finally {
    console.warn = warn
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > 10_000) throw new Error('Too long.')
  }
  return body
}

const loginForm = (failed: boolean) => `
  ${failed ? '<p role="alert">This email and password do not belong together.</p>' : ''}
  <form method="post">
    <label>Email <input name="email" type="email" autocomplete="username" required autofocus></label>
    <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
    <button>Sign in</button>
    <button name="cancel" formnovalidate>Cancel</button>
  </form>
  ${demoAccounts.map(({ email, password }) => `<p>${email} · ${password}</p>`).join('')}`

const page = (title: string, content: string) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · Demo provider</title>
  <link rel="icon" href="data:,">
  <style>
    :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
    body { max-width: 24rem; margin: 4rem auto; padding: 0 1rem }
    label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
    input, button { margin: 0.25rem 0 1rem; padding: 0.5rem }
  </style>
  <body><main><h1>${title}</h1>${content}</main>
</html>`
