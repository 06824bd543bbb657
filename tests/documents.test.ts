import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import ts from 'typescript'
import { expect, onTestFinished, test, vi } from 'vitest'
import { AuthError, type AuthErrorCode } from 'vue-auth-refresh'
import { groups, groupsInChinese } from '../docs/.vitepress/pages'
import { slugOf } from '../docs/.vitepress/slug'
import { isTranslated, originals, translationOf } from '../scripts/translated.mjs'
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
    documents
      .filter((path) => !/^docs\/(?:index|playground\/tab|zh\/.+)\.md$/.test(path))
      .toSorted(),
  )
})

test('the Chinese sidebar has the same pages, translated where there is a translation', () => {
  const inChinese = groupsInChinese.flatMap(({ items }) => items)
  const translated = originals().filter(isTranslated)
  const expected = shown.map((path) => (translated.includes(path) ? translationOf(path) : path))
  expect(inChinese.map(({ link }) => `${link.slice(1)}.md`)).toEqual(expected)
  expect(inChinese.map(({ text }) => text)).toContain('问题排查')
})

test.each(['docs/index.md', 'docs/zh/index.md'])(
  'the links of the front page %s lead to documents, and to headings in them',
  (page) => {
    const links = [...read(page).matchAll(/link: \/(\S+)/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(5)
    const dead = links.filter((link) => isDead('README.md', link.replace(/(?=#|$)/, '.md')))
    expect(dead).toEqual([])
  },
)

test('the table of what is stored has each member of a record', () => {
  const tokens = { token: 'a', refreshToken: 'r', expiresIn: 1, scope: null, idToken: 'i' }
  const record = toRecord({
    ...toSession(tokens),
    stepUp: 'mark',
    resumes: 'id',
    user: '{}',
    remember: false,
  })
  const table = read('docs/guide/testing.md').split('## What is stored')[1] ?? ''
  const named = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  expect(new Set(named)).toEqual(new Set(Object.keys(record)))
})

const troubleshooting = 'docs/guide/troubleshooting.md'
const errorCodes = [...read('src/errors.ts').matchAll(/^ {2}\| '([\w-]+)'$/gm)].map(
  ([, code]) => code as AuthErrorCode,
)

test('each error code has an anchor of its own in the troubleshooting', () => {
  expect(errorCodes).toContain('superseded')
  const anchors = anchorsOf(troubleshooting)
  expect(anchors).toEqual(expect.arrayContaining(errorCodes))
  expect(anchors).toHaveLength(new Set(anchors).size)
})

/** Functions that print or end a message. The last text of a call names the section with the cure. */
const PRINTERS = /^(?:warn|warning|warnOnce|advise|withCure)$/

/** The sections that the calls of a file name for their messages. */
function sectionsIn(path: string): string[] {
  const sections: string[] = []
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit)
    if (!ts.isCallExpression(node) || !PRINTERS.test(node.expression.getText())) return
    const section = node.arguments.slice(1).findLast(ts.isStringLiteral)
    if (section) sections.push(section.text)
  }
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true))
  return sections
}

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `src/${name.replaceAll('\\', '/')}`)

test('each warning leads to its own section of the troubleshooting', () => {
  const [, warnings = ''] = read(troubleshooting).split('## Warnings in development')
  const titles = [...warnings.matchAll(/^### (.+)$/gm)].map(([, title = '']) => slugOf(title))
  // The error of that login leads to `unreachable`, which links to it.
  const ofProvider = 'the-provider-refuses-the-client'
  expect([...sources.flatMap(sectionsIn), ofProvider].toSorted()).toEqual(titles.toSorted())
  const [, unreachable = ''] = read(troubleshooting).split('### unreachable')
  expect(unreachable.split('###')[0]).toContain(`(#${ofProvider})`)
})

test('each error leads in development to the section of its code, in a file of the package', () => {
  const ends = errorCodes.map((code) => new AuthError(code, 'words').message)
  expect(ends).toEqual(
    errorCodes.map((code) => `words (see vue-auth-refresh/${troubleshooting}#${code})`),
  )
  vi.stubEnv('NODE_ENV', 'production')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(errorCodes.map((code) => new AuthError(code).message)).toEqual(errorCodes)
  const { files } = JSON.parse(read('package.json')) as { files: string[] }
  expect(files).toContain('docs')
  expect(files.filter((name) => name.startsWith('!docs/guide'))).toEqual([])
})

test('each warning in development is in the troubleshooting, as it is printed', () => {
  const source = sources.map(read).join('\n')
  const calls = source.matchAll(/\b(?:warning|warnOnce|warn)\(\s*(['`])(.+?)\1/gs)
  const advice = source.matchAll(/\badvise\(\s*'([\w.]+)',\s*(['`])(.+?)\2/gs)
  const messages = [
    ...[...calls].map(([, , text = '']) => text),
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
