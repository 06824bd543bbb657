import { readFileSync } from 'node:fs'

export interface ReturnUrlEntry {
  readonly value: unknown
  readonly verdict: 'accept' | 'reject'
  readonly why: string
}

export interface TokenResponseEntry {
  /** 0: there is no answer at all. */
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly expect: string
  readonly why: string
}

export interface JwtEntry {
  readonly token: string
  readonly expect: string
  readonly why: string
}

export interface StoredSessionEntry {
  readonly value: string
  readonly why: string
}

interface Corpora {
  'return-urls': ReturnUrlEntry
  'token-responses': TokenResponseEntry
  jwts: JwtEntry
  'stored-sessions': StoredSessionEntry
}

/** The entries of a corpus. Read, not imported: the JSON of bundlers knows no halves of characters. */
export const readCorpus = <Name extends keyof Corpora>(name: Name): Corpora[Name][] =>
  JSON.parse(
    readFileSync(new URL(`../fixtures/corpus/${name}.json`, import.meta.url), 'utf8'),
  ) as Corpora[Name][]
