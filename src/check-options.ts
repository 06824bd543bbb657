import type { AxiosInstance } from 'axios'
import { makesInstances } from './http/instances'
import { defaultOptions, type AuthOptions } from './options'
import { hasCookie, sessionModes } from './session/session-mode'
import { ownMembers } from './utils/unknown-data'

const wrong = (option: string, advice: string): TypeError =>
  new TypeError(`createAuth(): \`${option}\` ${advice}`)

const isFunction = (value: unknown): boolean => typeof value === 'function'

/** Optional callbacks, and the function to write for each. */
const SIGNATURES = {
  logout: 'async (tokens, { http }) => …',
  fetchUser: 'async ({ http }) => user',
  reauthenticate: 'async ({ signal }) => …',
  isSameUser: '(before, after) => boolean',
  isCallback: '(to) => boolean',
  isExpired: '(response) => boolean',
  classifyFailure: "(error) => 'rejected' | 'unreachable'",
  attach: '(config, token) => …',
  prove: 'async (request) => …',
  mayBeSignedIn: '() => boolean',
  onEvent: '(event) => …',
}

/** Durations, and the least of each in ms. An end of less than a second after an activity would be one in seconds. */
const LEAST = {
  minValidity: 0,
  idleTimeout: 2_000,
  maxAge: 2_000,
  endingLead: 0,
  refreshTimeout: 1,
  reauthenticateTimeout: 1,
}

function checkDuration(option: string, value: unknown, least: number, otherwise = ''): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
    throw wrong(option, `must be a duration in milliseconds of at least ${least}${otherwise}.`)
  }
}

function checkOrigins(origins: unknown): void {
  if (!Array.isArray(origins)) {
    throw wrong('allowedOrigins', "must be a list of origins, e.g. ['https://api.example.com'].")
  }
  origins.forEach((origin: unknown, index) => {
    let actual: string | undefined
    try {
      actual = new URL(String(origin)).origin
    } catch {
      // Left undefined: it is not a URL.
    }
    if (actual !== origin) {
      const example = actual && actual !== 'null' ? actual : 'https://api.example.com'
      throw wrong(
        `allowedOrigins[${index}]`,
        `must be an origin, scheme and host without a path: write '${example}'.`,
      )
    }
  })
}

/** Tells whether a value is a function with interceptors, as instances are, and `axios` itself. */
const isInstance = (value: unknown): boolean =>
  isFunction(value) && isFunction((value as AxiosInstance).interceptors?.request?.use)

/**
 * Checks the option `axios`, or what it returns where it is a function.
 *
 * @throws TypeError naming the option
 */
export function checkInstances(given: unknown): void {
  const isList = Array.isArray(given)
  const all: readonly unknown[] = isList ? given : [given]
  if (all.length === 0)
    throw wrong('axios', 'is an empty list: put an axios instance into it, made by axios.create().')
  all.forEach((instance, index) => {
    const option = isList ? `axios[${index}]` : 'axios'
    if (!isInstance(instance)) {
      throw wrong(
        option,
        'must be an axios instance, made by axios.create(), or a function that makes one.',
      )
    }
    if (all.indexOf(instance) < index) throw wrong(option, 'is in the list twice: list it once.')
  })
}

function checkRoutes(routes: unknown): void {
  if (typeof routes !== 'object' || routes === null) {
    throw wrong('routes', "must be an object: write `{ login: '/sign-in' }`, or leave it out.")
  }
  for (const [name, value] of Object.entries(routes)) {
    if (value === undefined || isFunction(value)) continue
    if (name === 'requiresAuth') {
      if (typeof value !== 'boolean') {
        throw wrong('routes.requiresAuth', 'must be true, false or a function: `(to) => boolean`.')
      }
    } else if (typeof value !== 'string' && !(typeof value === 'object' && value !== null)) {
      throw wrong(`routes.${name}`, "must be a location or a function: write '/login', say.")
    }
  }
}

/**
 * Checks what JavaScript callers can get wrong, and what types cannot express.
 *
 * @throws TypeError naming the option
 */
export function checkOptions(given: AuthOptions): void {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(
      'createAuth(): pass an object of options: axios, login and refresh at least.',
    )
  }
  const options = ownMembers(given)
  if (!makesInstances(options.axios)) checkInstances(options.axios)
  for (const name of ['login', 'refresh'] as const) {
    if (!isFunction(options[name])) {
      throw wrong(
        name,
        'is not a function: pass an async function that resolves with a token response.',
      )
    }
  }
  for (const [name, signature] of Object.entries(SIGNATURES)) {
    const given: unknown = options[name as keyof typeof SIGNATURES]
    if (given !== undefined && !isFunction(given)) {
      throw wrong(name, `must be a function: write \`${signature}\`, or leave it out.`)
    }
  }
  if (options.isSameUser && !options.fetchUser) {
    throw wrong('isSameUser', 'compares two users of `fetchUser`: pass that option, too.')
  }
  const { storeUser } = options
  if (storeUser !== undefined && typeof storeUser !== 'boolean' && !isFunction(storeUser)) {
    throw wrong('storeUser', 'must be true, false or a function: write `(user) => user`.')
  }
  if (storeUser && !options.fetchUser) {
    throw wrong('storeUser', 'stores the user of `fetchUser`: pass that option, too.')
  }
  const { leeway, keepFresh, session, retries, allowedOrigins, router, storage, name, api } =
    options
  if (leeway !== undefined && leeway !== false) checkDuration('leeway', leeway, 0, ', or false')
  if (keepFresh !== undefined && typeof keepFresh !== 'boolean') {
    throw wrong('keepFresh', 'must be true or false.')
  }
  for (const [duration, least] of Object.entries(LEAST)) {
    const value: unknown = options[duration as keyof typeof LEAST]
    if (value !== undefined) checkDuration(duration, value, least)
  }
  if ('cookieSession' in options) {
    throw wrong(
      'cookieSession',
      "is `session: 'refresh-cookie'` now; what was its function is `mayBeSignedIn`.",
    )
  }
  if (session !== undefined && !sessionModes.includes(session)) {
    throw wrong('session', `must be one of: '${sessionModes.join("', '")}'.`)
  }
  if (options.mayBeSignedIn && !hasCookie(session ?? defaultOptions.session)) {
    throw wrong('mayBeSignedIn', "is about a cookie: pass `session: 'refresh-cookie'`, too.")
  }
  for (const name of ['attach', 'prove'] as const) {
    if (session === 'cookies' && options[name]) {
      throw wrong(name, `has no token to ${name} with \`session: 'cookies'\`: leave it out.`)
    }
  }
  if (options.attach && options.prove) {
    throw wrong('attach', 'has no effect where `prove` makes the headers: leave one of them out.')
  }
  if (session === 'cookies' && options.reauthenticate && !options.isSameUser) {
    throw wrong('isSameUser', "is missing: with `session: 'cookies'`, no token names a user.")
  }
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0)) {
    throw wrong('retries', 'must be a whole number: 0 for none, or more.')
  }
  if (allowedOrigins !== undefined) checkOrigins(allowedOrigins)
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw wrong('name', "must be a string that is not empty, e.g. 'admin'.")
  }
  if (api !== undefined && (typeof api !== 'string' || api === '')) {
    throw wrong('api', "must be a string that is not empty, e.g. 'https://api.example.com'.")
  }
  if (storage !== undefined && !(isFunction(storage?.read) && isFunction(storage?.update))) {
    throw wrong(
      'storage',
      'must have read() and update(), see AuthStorage: write indexedDbStorage() or webStorage().',
    )
  }
  if (router !== undefined) {
    if (!isFunction(router?.beforeEach))
      throw wrong('router', 'must be a router, made by createRouter().')
  }
  if (options.routes !== undefined) checkRoutes(options.routes)
}
