import type { AxiosInstance, AxiosRequestConfig } from 'axios'
import { createPinia } from 'pinia'
import { expectTypeOf, it } from 'vitest'
import type { Ref } from 'vue'
import {
  AuthError,
  type AuthState,
  createAuth,
  isAuthError,
  parseTokenResponse,
  returnUrlParameter,
  safeReturnUrl,
  useAuth,
  useAuthStore,
  type AuthCredentials,
  type AuthErrorCode,
  type AuthEvent,
  type AuthLocation,
  type AuthOptions,
  type AuthRouteMeta,
  type AuthRoutes,
  type AuthStatus,
  type AuthTokenPair,
  type IdTokenClaims,
  type AuthTypes,
  type AuthUser,
  type LoginContext,
  type ReauthenticateContext,
  type SessionMode,
  type SessionOptions,
  type StepUp,
  type ProvenRequest,
  type TokenProof,
} from 'vue-auth-refresh'
import { createAuthFetch, type AuthFetch, type AuthFetchInit } from 'vue-auth-refresh/fetch'
import { oauth2, type OAuth2Login, type OAuth2Options } from 'vue-auth-refresh/oauth2'
import type { RouteMeta, Router } from 'vue-router'

export interface User {
  name: string
  roles: string[]
}
interface Credentials {
  email: string
  password: string
}
interface Admin {
  badge: number
}

declare module 'vue-auth-refresh' {
  interface AuthTypes {
    user: User
    credentials: Credentials
    sessions: { admin: { user: Admin; credentials: { pin: string } }; kiosk: { user: Admin } }
  }
}

it('types the user and the credentials once for the whole app', () => {
  expectTypeOf<AuthTypes>().toHaveProperty('user')
  expectTypeOf<AuthUser>().toEqualTypeOf<User>()
  expectTypeOf<AuthCredentials>().toEqualTypeOf<Credentials>()
  expectTypeOf<AuthOptions['login']>().parameter(0).toEqualTypeOf<Credentials>()
})

it('gives components refs of what they show, and actions', () => {
  type Auth = ReturnType<typeof useAuth>
  expectTypeOf<Auth['status']>().toExtend<Readonly<Ref<AuthStatus>>>()
  expectTypeOf<Auth['user']['value']>().toEqualTypeOf<User | null>()
  expectTypeOf<Auth['error']['value']>().toEqualTypeOf<AuthError | null>()
  expectTypeOf<Auth['login']>().toEqualTypeOf<
    (credentials: Credentials, options?: SessionOptions) => Promise<void>
  >()
  expectTypeOf<Auth['getAccessToken']>().returns.resolves.toEqualTypeOf<string>()
  expectTypeOf<Auth['refresh']>().returns.resolves.toEqualTypeOf<string | null>()
})

it('lets a session by cookie ignore the tokens', () => {
  expectTypeOf<AuthOptions['session']>().toEqualTypeOf<SessionMode | undefined>()
  expectTypeOf<AuthOptions['mayBeSignedIn']>().toEqualTypeOf<
    ((this: void) => boolean) | undefined
  >()
  const options: Pick<AuthOptions, 'session' | 'refresh'> = {
    session: 'refresh-cookie',
    refresh: async (_tokens, { http, signal }) =>
      (await http.post<unknown>('/auth/refresh', null, { signal })).data,
  }
  expectTypeOf(options.refresh).parameter(0).toEqualTypeOf<AuthTokenPair>()
})

it('says by null that there is no token, and needs no cast to send one as JSON', () => {
  expectTypeOf<AuthTokenPair>().toEqualTypeOf<{
    readonly token: string | null
    readonly refreshToken: string | null
    readonly idToken?: string
  }>()
  const options: Pick<AuthOptions, 'refresh' | 'logout'> = {
    refresh: async ({ refreshToken }, { http, signal }) =>
      (await http.post<unknown>('/auth/refresh', { refreshToken }, { signal })).data,
    logout: async ({ token, refreshToken }, { http }) =>
      http.post('/auth/logout', { token, refreshToken }),
  }
  expectTypeOf(options.logout).exclude<undefined>().parameter(0).toEqualTypeOf<AuthTokenPair>()
})

it('picks a session by its name, and takes one instance or several', () => {
  expectTypeOf<typeof useAuth>().parameter(0).toEqualTypeOf<string | undefined>()
  expectTypeOf<typeof useAuth>().toBeCallableWith('admin')
  expectTypeOf<typeof useAuthStore>().toBeCallableWith()
  expectTypeOf<typeof useAuthStore>().toBeCallableWith('admin')
  expectTypeOf<typeof useAuthStore>().toBeCallableWith(createPinia())
  expectTypeOf<typeof useAuthStore>().toBeCallableWith(createPinia(), 'admin')
  expectTypeOf<[null, string]>().not.toExtend<Parameters<typeof useAuthStore>>()
  expectTypeOf<[undefined, string]>().not.toExtend<Parameters<typeof useAuthStore>>()
  expectTypeOf<ReturnType<typeof useAuthStore>['name']>().toEqualTypeOf<string>()
  expectTypeOf<AxiosInstance>().toExtend<AuthOptions['axios']>()
  expectTypeOf<[AxiosInstance, AxiosInstance]>().toExtend<AuthOptions['axios']>()
  expectTypeOf<[]>().not.toExtend<AuthOptions['axios']>()
  expectTypeOf<RouteMeta['authSession']>().toEqualTypeOf<string | undefined>()
})

it('unwraps the store, which cannot be written', () => {
  type Store = ReturnType<typeof useAuthStore>
  expectTypeOf<Store['token']>().toEqualTypeOf<string | null>()
  expectTypeOf<Store['refreshing']>().toEqualTypeOf<Promise<string | null> | null>()
  expectTypeOf<Store['expiresAt']>().toEqualTypeOf<number | null>()
  expectTypeOf<Store['endsAt']>().toEqualTypeOf<number | null>()
  expectTypeOf<Store['keepAlive']>().toEqualTypeOf<() => void>()
  expectTypeOf<Store>().toExtend<{ readonly status: AuthStatus }>()
})

it('knows what it adds to axios and to vue-router', () => {
  expectTypeOf<AxiosRequestConfig['skipAuth']>().toEqualTypeOf<boolean | undefined>()
  expectTypeOf<RouteMeta['guestOnly']>().toEqualTypeOf<boolean | undefined>()
  expectTypeOf<(user: User) => boolean>().toExtend<RouteMeta['requiresAuth']>()
  expectTypeOf<AuthRouteMeta['requiresAuth']>().toEqualTypeOf<RouteMeta['requiresAuth']>()
})

it('54: a function in the meta answers at once, by the user of its session', () => {
  expectTypeOf<(user: Admin) => boolean>().toExtend<RouteMeta['requiresAuth']>()
  expectTypeOf<(user: User | Admin) => boolean>().toExtend<RouteMeta['requiresAuth']>()
  expectTypeOf<(user: { age: number }) => boolean>().not.toExtend<RouteMeta['requiresAuth']>()
  expectTypeOf<(user: User) => Promise<boolean>>().not.toExtend<RouteMeta['requiresAuth']>()
  expectTypeOf<() => Promise<boolean>>().not.toExtend<RouteMeta['requiresAuth']>()
  expectTypeOf<(user: User) => string>().not.toExtend<RouteMeta['requiresAuth']>()
  expectTypeOf<string>().not.toExtend<RouteMeta['requiresAuth']>()
  const all: RouteMeta[] = [
    { requiresAuth: (user) => user.roles.includes('admin') },
    { requiresAuth: (user: Admin) => user.badge > 0 },
  ]
  expectTypeOf(all).items.toExtend<RouteMeta>()
})

it('54: the pages of the options may be functions of where the user is going', () => {
  const routes: AuthRoutes = {
    login: (to) => ({ name: 'login', params: { locale: to.params['locale'] } }),
    home: '/',
    forbidden: { name: 'sorry' },
    requiresAuth: (to) => to.path.startsWith('/office'),
  }
  expectTypeOf(routes.login).toEqualTypeOf<AuthLocation | undefined>()
  expectTypeOf<() => Promise<string>>().not.toExtend<AuthRoutes['login']>()
  expectTypeOf<() => Promise<boolean>>().not.toExtend<AuthRoutes['requiresAuth']>()
})

it('types each session apart by its name; what it leaves out is that of the app', () => {
  const admin = () => useAuth('admin')
  expectTypeOf(admin).returns.toHaveProperty('user').toExtend<Readonly<Ref<Admin | null>>>()
  expectTypeOf(admin).returns.toHaveProperty('login').parameter(0).toEqualTypeOf<{ pin: string }>()
  const kiosk = () => useAuth('kiosk')
  expectTypeOf(kiosk).returns.toHaveProperty('user').toExtend<Readonly<Ref<Admin | null>>>()
  expectTypeOf(kiosk).returns.toHaveProperty('login').parameter(0).toEqualTypeOf<Credentials>()
  const other = (name: string) => [useAuth(name), useAuth('shop'), useAuth()] as const
  expectTypeOf<ReturnType<typeof other>[number]['user']['value']>().toEqualTypeOf<User | null>()

  const stores = () => [useAuthStore('admin'), useAuthStore(createPinia(), 'admin')] as const
  expectTypeOf<ReturnType<typeof stores>[number]['user']>().toEqualTypeOf<Admin | null>()
  const store = (name: string) => [useAuthStore(name), useAuthStore(createPinia())] as const
  expectTypeOf<ReturnType<typeof store>[number]['user']>().toEqualTypeOf<User | null>()
})

it('types the callbacks of a plugin by its name', () => {
  const create = (axios: AxiosInstance) => {
    createAuth({
      name: 'admin',
      axios,
      login: async ({ pin }) => ({ token: pin }),
      refresh: async () => ({}),
      fetchUser: async () => ({ badge: 1 }),
      isSameUser: (before, after) => before.badge === after.badge,
      reauthenticate: async ({ user }) => user?.badge,
    })
    createAuth({
      axios,
      login: async ({ email }) => ({ token: email }),
      refresh: async () => ({}),
      fetchUser: async () => ({ name: 'ada', roles: [] }),
    })
    createAuth({
      name: 'admin',
      axios,
      login: async () => ({}),
      refresh: async () => ({}),
      // @ts-expect-error: an admin has a badge
      fetchUser: async () => ({ name: 'ada', roles: [] }),
    })
  }
  expectTypeOf(create).returns.toBeVoid()
  expectTypeOf<AuthOptions<'admin'>['fetchUser']>()
    .exclude<undefined>()
    .returns.resolves.toEqualTypeOf<Admin>()
})

it('gives the slots of `AuthState` their types', () => {
  type Slots = InstanceType<typeof AuthState>['$slots']
  expectTypeOf<Slots['authenticated']>()
    .parameter(0)
    .toEqualTypeOf<{ readonly user: User | null }>()
  expectTypeOf<Slots['anonymous']>()
    .parameter(0)
    .toEqualTypeOf<{ readonly error: AuthError | null }>()
})

it('narrows errors and events', () => {
  const error: unknown = new AuthError('rejected')
  if (isAuthError(error) && error instanceof AuthError) {
    expectTypeOf(error.code).toEqualTypeOf<AuthErrorCode>()
  }
  expectTypeOf<Extract<AuthEvent, { type: 'refresh-started' }>['attempt']>().toBeNumber()
  expectTypeOf(parseTokenResponse).parameter(0).toBeUnknown()
  expectTypeOf(safeReturnUrl).parameters.toEqualTypeOf<[unknown, Router]>()
  expectTypeOf(returnUrlParameter).toExtend<string>()
})

it('gives `fetchUser` the claims of the ID token, by name', () => {
  type Claims = Parameters<NonNullable<AuthOptions['fetchUser']>>[0]['claims']
  expectTypeOf<Claims>().toEqualTypeOf<IdTokenClaims>()
  expectTypeOf<Claims['sub']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<Claims['auth_time']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<Claims['email']>().toBeUnknown()
  expectTypeOf<{ maxAge: number; acr: string }>().toExtend<OAuth2Login>()
})

it('makes a fetch that stands in for the global one, with flags of its own', () => {
  expectTypeOf(createAuthFetch).returns.toEqualTypeOf<AuthFetch>()
  expectTypeOf<AuthFetch>().toExtend<typeof fetch>()
  expectTypeOf<RequestInit>().toExtend<AuthFetchInit>()
  expectTypeOf<{ skipAuth: true; skipAuthRefresh: true }>().toExtend<AuthFetchInit>()
  expectTypeOf<{ skipAuth: 'yes' }>().not.toExtend<AuthFetchInit>()
  expectTypeOf<{ attach: (headers: Headers, token: string) => void }>().toExtend<
    NonNullable<Parameters<typeof createAuthFetch>[1]>
  >()
})

it('gives `reauthenticate` the step-up, and `login()` of oauth2() takes it as it is', () => {
  type Context = Parameters<NonNullable<AuthOptions['reauthenticate']>>[0]
  expectTypeOf<Context>().toEqualTypeOf<ReauthenticateContext>()
  expectTypeOf<Context['stepUp']>().toEqualTypeOf<StepUp | null>()
  expectTypeOf<StepUp>().toEqualTypeOf<{
    readonly acrValues: readonly string[]
    readonly maxAge: number | null
  }>()
  expectTypeOf<Pick<Context, 'stepUp'> & { returnTo: string }>().toExtend<OAuth2Login>()
})

it('names the pages of a provider, and the APIs that tokens are for', () => {
  expectTypeOf<{ prompt: 'login'; loginHint: string; uiLocales: string }>().toExtend<OAuth2Login>()
  expectTypeOf<{ prompt: ('login' | 'consent')[]; popup: true }>().toExtend<OAuth2Login>()
  expectTypeOf<{ prompt: 'popup' }>().not.toExtend<OAuth2Login>()
  type Client = { clientId: string; issuer: string }
  expectTypeOf<Client & { resource: readonly string[]; dpop: true }>().toExtend<OAuth2Options>()
  expectTypeOf<Client & { resource: URL }>().not.toExtend<OAuth2Options>()
  expectTypeOf<Client & { dpop: 'ES256' }>().not.toExtend<OAuth2Options>()
})

it('takes a maker of proofs, as oauth2() has one', () => {
  const provider = oauth2({ issuer: 'https://login.example', clientId: 'app', dpop: true })
  expectTypeOf(provider.prove).toEqualTypeOf<AuthOptions['prove']>()
  type Prove = (request: ProvenRequest) => Promise<TokenProof>
  expectTypeOf<Prove>().toExtend<AuthOptions['prove']>()
})

it('takes what oauth2() makes as options, as they are', () => {
  const provider = oauth2({ issuer: 'https://login.example', clientId: 'app' })
  expectTypeOf<Pick<AuthOptions, 'axios'> & typeof provider>().toExtend<AuthOptions>()
  expectTypeOf<{ clientId: string }>().not.toExtend<OAuth2Options>()
  expectTypeOf<{ clientId: string; tokenEndpoint: string }>().toExtend<OAuth2Options>()
  expectTypeOf<undefined>().toExtend<OAuth2Login>()
  expectTypeOf<ReturnType<typeof useAuthStore>>().toExtend<
    Parameters<typeof provider.handleCallback>[0]
  >()
})

it('types what `storeUser` is given and returns', () => {
  type StoreUser = AuthOptions['storeUser']
  expectTypeOf<true>().toExtend<StoreUser>()
  expectTypeOf<(user: User) => User>().toExtend<StoreUser>()
  expectTypeOf<(user: User) => null>().toExtend<StoreUser>()
  expectTypeOf<(user: User) => Pick<User, 'name'>>().not.toExtend<StoreUser>()
  expectTypeOf<(user: Admin) => Admin>().toExtend<AuthOptions<'admin'>['storeUser']>()
})

it('types `remember` of both actions, and what `login` is told of it', () => {
  type Actions = ReturnType<typeof useAuthStore>
  expectTypeOf<Actions['setSession']>().parameter(1).toEqualTypeOf<SessionOptions | undefined>()
  expectTypeOf<SessionOptions['remember']>().toEqualTypeOf<boolean | undefined>()
  expectTypeOf<AuthOptions['login']>().parameter(1).toEqualTypeOf<LoginContext>()
  expectTypeOf<LoginContext['remember']>().toEqualTypeOf<boolean>()
})
