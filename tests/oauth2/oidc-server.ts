import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createOidcProvider,
  oidcClientId,
  type OidcProviderOptions,
  type TokenAccount,
} from '../../example/server/oidc-provider.ts'
import type { AuthServer } from '../fixtures/auth-server.ts'

type Oidc = Awaited<ReturnType<typeof createOidcProvider>>

/** The demo's provider on an origin of its own, and what it was asked. */
export class OidcServer {
  /** How often refresh tokens were exchanged, and how often one came a second time or was refused. */
  refreshes = 0
  refused = 0
  revocations = 0
  /** How often it has asked for a proof with its nonce. */
  nonces = 0
  /** Answers 503 to everything meanwhile. */
  isDown = false
  readonly clientId = oidcClientId

  /** Cuts its pages off from the page that opened them (Cross-Origin-Opener-Policy). */
  isIsolated = false

  private oidc!: Oidc
  private readonly grantIds = new Set<string>()
  private readonly server: Server = createServer((request, response) => {
    if (this.isIsolated) response.setHeader('cross-origin-opener-policy', 'same-origin')
    if (this.isDown) response.writeHead(503, { 'access-control-allow-origin': '*' }).end()
    else void this.oidc.handle(request, response)
  })

  get issuer(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`
  }

  /** @param accessTokenLifetime in seconds */
  async start(
    appOrigin: string,
    accessTokenLifetime: number,
    options: Pick<OidcProviderOptions, 'isBound' | 'resources'> = {},
  ): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    const { issuer } = this
    this.oidc = await createOidcProvider({ issuer, appOrigin, accessTokenLifetime, ...options })
    const { provider } = this.oidc
    provider.on('grant.success', ({ oidc }) => {
      if (oidc.params?.['grant_type'] === 'refresh_token') this.refreshes++
      if (oidc.entities.Grant?.jti) this.grantIds.add(oidc.entities.Grant.jti)
    })
    provider.on('grant.error', (_ctx, error) => {
      if (error.error === 'use_dpop_nonce') this.nonces++
      else this.refused++
    })
    provider.on('refresh_token.destroyed', () => this.revocations++)
    return this
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  /** Opens a path of the API to callers with a live access token of this provider. */
  protect(api: AuthServer, path: string): void {
    api.route(path, ({ headers }, response) => {
      const token = headers.authorization?.replace(/^Bearer /, '') ?? ''
      void this.oidc
        .accountOf(token)
        .then((account) => response.writeHead(account ? 200 : 401).end(account?.email))
    })
  }

  /** Finds the account of an access token; null for one that is forged or dead. */
  accountOf(token: string): Promise<TokenAccount | null> {
    return this.oidc.accountOf(token)
  }

  /** Ends every session, as an administrator would. */
  async revoke(): Promise<void> {
    for (const id of this.grantIds) await (await this.oidc.provider.Grant.find(id))?.destroy()
  }
}
