import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { groups } from '../docs/.vitepress/pages'
import { slugOf } from '../docs/.vitepress/slug'
import { toRecord } from '../src/session/record'
import { toSession } from '../src/session/session'
import { root } from './support/readme-samples'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const exists = (path: string): boolean => existsSync(join(root, path))

/** All documents that the site shows, but those that are written anew for each build. */
const documents = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md') && !/^docs\/(?:reference|\.vitepress)\//.test(name)),
]

/** Reports speak of the code of the day on which they were written. */
const undated = documents.filter((name) => !/^docs\/reports\/|CHANGELOG/.test(name))

test.each(undated)('every file of this project that %s names is there', (document) => {
  const named = read(document).matchAll(/`((?:src|tests|example|docs|scripts|bench)\/[\w./-]+)`/g)
  const missing = [...named].map(([, path = '']) => path).filter((path) => !exists(path))
  expect(missing).toEqual([])
})

const withoutCode = (text: string): string => text.replaceAll(/^```.*?^```/gms, '')

/** The anchors of a document, as its headings make them. */
const anchorsOf = (path: string): string[] =>
  [...withoutCode(read(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    slugOf(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')),
  )

/** Whether a link of a document leads to a file, and to a heading in it where it names one. */
function isDead(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path ? posix.join(dirname(document), path) : document
  if (!exists(target)) return true
  return Boolean(anchor) && !anchorsOf(target).includes(anchor ?? '')
}

test.each(documents)('every link of %s leads somewhere', (document) => {
  const text = withoutCode(read(document)).replaceAll(/`[^`\n]*`/g, '`')
  const links = text.matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)
  const dead = [...links].map(([, link = '']) => link).filter((link) => isDead(document, link))
  expect(dead).toEqual([])
})

const shown = groups.flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`))

test('the sidebar of the site has every document once', () => {
  const written = shown.filter((path) => !path.startsWith('docs/reference/'))
  expect(written.toSorted()).toEqual(
    documents.filter((path) => !/^docs\/(?:index|playground\/tab)\.md$/.test(path)).toSorted(),
  )
})

test('the links of the front page lead to documents, and to headings in them', () => {
  const links = [...read('docs/index.md').matchAll(/link: \/(\S+)/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(5)
  const dead = links.filter((link) => isDead('README.md', link.replace(/(?=#|$)/, '.md')))
  expect(dead).toEqual([])
})

test('the table of what is stored has each member of a record', () => {
  const tokens = { token: 'a', refreshToken: 'r', expiresIn: 1, scope: null, idToken: 'i' }
  const record = toRecord({ ...toSession(tokens), stepUp: 'mark' })
  const table = read('docs/guide/testing.md').split('## What is stored')[1] ?? ''
  const named = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  expect(new Set(named)).toEqual(new Set(Object.keys(record)))
})

const troubleshooting = 'docs/guide/troubleshooting.md'

test('each error code has an anchor of its own in the troubleshooting', () => {
  const codes = [...read('src/errors.ts').matchAll(/^ {2}\| '([\w-]+)'$/gm)].map(([, code]) => code)
  expect(codes).toContain('superseded')
  expect(anchorsOf(troubleshooting)).toEqual(expect.arrayContaining(codes))
})

test('each warning in development is in the troubleshooting, as it is printed', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const source = files.filter((name) => name.endsWith('.ts')).map((name) => read(`src/${name}`))
  const calls = source
    .join('\n')
    .matchAll(/\b(?:warning|warnOnce|console\.warn)\(\s*(['`])(.+?)\1/gs)
  const advice = source.join('\n').matchAll(/\bwarn\(\s*'([\w.]+)',\s*(['`])(.+?)\2/gs)
  const messages = [
    ...[...calls].map(([, , text = '']) => text.replace('[vue-auth-refresh] ', '')),
    ...[...advice].map(([, option, , text]) => `\`${option}\` ${text}`),
  ]
  // The first sentence, without what is only known when it is printed.
  const starts = messages.map(
    (text) => /^.+?(?=[.,]? ?$|\. |\$\{|: return)/s.exec(text)?.[0] ?? text,
  )
  const said = starts.filter((text) => /^[A-Z`]/.test(text))
  expect(said.length).toBeGreaterThan(12)
  const text = read(troubleshooting)
  expect(said.filter((message) => !text.includes(message))).toEqual([])
})

test('docs/browsers.md names the browsers that the build is for', () => {
  const [, chrome, firefox, safari] =
    /'chrome(\d+)', 'firefox(\d+)', 'safari(\d+)'/.exec(read('tsdown.config.ts')) ?? []
  const text = read('docs/browsers.md')
  expect(text).toContain(`Chrome and Edge ${chrome}, Firefox ${firefox} and Safari ${safari}.`)
})
