// The pages of docs/zh and their originals: which lag behind, and where they differ in what they may not.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const RECORDED = /(?<=^---\n(?:.*\n)*?original: )\w+(?=\n)/

export const read = (document) => readFileSync(join(root, document), 'utf8')

export const originals = () => [
  'README.md',
  'docs/index.md',
  ...readdirSync(join(root, 'docs/guide'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/guide/${name}`),
]

export const translationOf = (document) => `docs/zh/${document.replace(/^docs\//, '')}`

export const isTranslated = (document) => existsSync(join(root, translationOf(document)))

export const hashOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12)

export const recordedIn = (translation) => RECORDED.exec(translation)?.[0]

export function record(document) {
  const path = translationOf(document)
  const text = read(path)
  if (!recordedIn(text)) throw new Error(`${path} has no \`original: 0\` in its front matter`)
  writeFileSync(join(root, path), text.replace(RECORDED, hashOf(read(document))))
}

export function differences(document, original, translation) {
  const [blocks, translated] = [original, translation].map(blocksOf)
  const count = Math.max(blocks.length, translated.length)
  const changed = Array.from({ length: count }, (_, index) => index + 1).filter(
    (number) => blocks[number - 1] !== translated[number - 1],
  )
  const path = translationOf(document)
  const expected = linksOf(document, original)
    .filter((target) => target !== path)
    .map((target) => (isTranslated(target) ? translationOf(target) : target))
  const found = linksOf(path, translation).filter((target) => target !== document)
  return [
    ...changed.map((number) => `has another block of code, number ${number}`),
    ...without(expected, found).map((target) => `lacks a link to ${target}`),
    ...without(found, expected).map((target) => `has a link of its own to ${target}`),
    ...without(namesIn(original), namesIn(translation)).map((name) => `lacks ${name}`),
    ...without(namesIn(translation), namesIn(original)).map(
      (name) => `has a name of its own ${name}`,
    ),
  ]
}

const blocksOf = (text) => text.match(/^```.*?^```$/gms) ?? []

const withoutBlocks = (text) => text.replaceAll(/^```.*?^```$/gms, '')

/** The texts in code between the blocks, each once: names of options, headers and the like. */
const namesIn = (text) => [
  ...new Set(
    withoutBlocks(text)
      .replaceAll(/\s+/g, ' ')
      .match(/`[^`]+`/g),
  ),
]

/** The targets of a document's links: files, or URLs of other sites. */
function linksOf(document, text) {
  const links = withoutBlocks(text)
    .replaceAll(/`[^`]*`/g, '`')
    .matchAll(/\]\(([^)\s]+)\)|^ +link: (\S+)/gm)
  return [...links].map(([, inText, inFrontMatter]) => {
    if (inFrontMatter) return inFrontMatter.replace(/^\/([^#]+).*/, '$1.md')
    const [path] = inText.split('#')
    if (/^[a-z]+:/.test(inText)) return inText
    return path ? posix.join(posix.dirname(document), path) : document
  })
}

/** The members of a list that another one does not have as often. */
function without(list, other) {
  const left = [...other]
  return list.filter((member) => {
    const index = left.indexOf(member)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}
