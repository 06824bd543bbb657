import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { slugOf } from '../docs/.vitepress/slug'
import { wordsOf } from '../docs/.vitepress/words-of'
import {
  differences,
  hashOf,
  isTranslated,
  originals,
  read,
  recordedIn,
  translationOf,
} from '../scripts/translated.mjs'
import { root } from './support/readme-samples'

const translated = originals().filter(isTranslated)

/** Those whose original is still the recorded one. The others lag behind, which `npm run translations` tells. */
const upToDate = translated.filter(
  (document) => recordedIn(read(translationOf(document))) === hashOf(read(document)),
)

test.each(upToDate)('the translation of %s has its code, its names and its links', (document) => {
  const translation = read(translationOf(document))
  expect(differences(document, read(document), translation)).toEqual([])
})

test.each(translated)(
  'the translation of %s records the original that it translates',
  (document) => {
    expect(recordedIn(read(translationOf(document)))).toMatch(/^[\da-f]{12}$/)
  },
)

test('every translated page has an original', () => {
  const pages = readdirSync(join(root, 'docs/zh'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/zh/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md'))
  expect(pages.toSorted()).toEqual(translated.map(translationOf).toSorted())
})

describe('a translation differs', () => {
  const original = [
    'See [why](why.md#x), [design](../design.md) and [Vue](https://vuejs.org) for `leeway`.',
    '```ts\nconst a = 1\n```',
    '```ts\nconst b = 2\n```',
  ].join('\n')
  const same = original.replace('../design', '../../design').replace('See', '见')
  const differencesOf = (translation: string) =>
    differences('docs/guide/quick-start.md', original, translation)

  test('not by its words', () => {
    expect(differencesOf(same)).toEqual([])
  })
  test.each([
    ['its code', 'a = 1', 'a = 3'],
    ['the language of a block', '```ts\nconst a', '```js\nconst a'],
    ['a block that it lacks', '```ts\nconst a = 1\n```', ''],
    ['a block that comes twice', '```ts\nconst b', '```ts\nconst a = 1\n```\n```ts\nconst b'],
    ['a name in code', '`leeway`', '`leaway`'],
    ['a link that it lacks', '[Vue](https://vuejs.org)', 'Vue'],
    ['a link of its own', 'for', '[for](tabs.md)'],
    ['a link to another file', 'why.md', 'tabs.md'],
    ['a link to an original that is translated', 'why.md', '../../guide/why.md'],
    ['a link to a translation that is missing', '../../design.md', '../design.md'],
  ])('by %s', (_kind, from, to) => {
    expect(same).toContain(from)
    expect(differencesOf(same.replace(from, to))).not.toEqual([])
  })
})

test.each([
  ['它保证什么', '它保证什么'],
  ['怎样保护所有路由？', '怎样保护所有路由'],
  ['token 由谁携带：`session` 配置项', 'token-由谁携带session-配置项'],
  ['“记住我”', '记住我'],
])('the heading %s has an anchor of its characters', (heading, anchor) => {
  expect(slugOf(heading)).toBe(anchor)
})

test.each([
  ['退出登录', ['退出', '出登', '登录', '录']],
  ['token过期，重发', ['token', '过期', '期', '重发', '发']],
  ['One refresh.', ['One', 'refresh']],
])('the search knows %s by each two Chinese characters, or by its words', (text, words) => {
  expect(wordsOf(text)).toEqual(words)
})
