import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(fileURLToPath(import.meta.url), '../../..')

/** Code that a document gives a file name, by name. */
type Files = ReadonlyMap<string, string>

/** The pages of the guide, by path. */
export async function findGuides(): Promise<string[]> {
  const names = await readdir(join(root, 'docs/guide'))
  return names.filter((name) => name.endsWith('.md')).map((name) => `docs/guide/${name}`)
}

/** A block of TypeScript or Vue, whose first line may name its file. */
export interface Block {
  readonly code: string
  /** Undefined where the block does not say. */
  readonly name: string | undefined
}

/** The sections of a document with their blocks, by title. The first one has what precedes all others. */
export async function readBlocks(document: string): Promise<[title: string, blocks: Block[]][]> {
  const text = await readFile(join(root, document), 'utf8')
  return text.split(/^##+ /m).map((section) => {
    const blocks = section.matchAll(/^```(?:ts|vue|js|tsx|typescript)\b[^\n]*\n(.*?)^```$/gms)
    const named = [...blocks].map(([, code = '']) => {
      const [, name] = /^(?:\/\/|<!--) ([\w./-]+\.(?:ts|vue))/.exec(code) ?? []
      return { code, name }
    })
    return [section.split('\n')[0] ?? '', named]
  })
}

/**
 * The samples of a document by section: those of its first one, which the others are pasted over. A page of the guide
 * is pasted over the quick start of the README.
 */
export async function readSamples(document = 'README.md'): Promise<ReadonlyMap<string, Files>> {
  const own = (await readBlocks(document)).map(([title, blocks]) => {
    const files = blocks.flatMap(({ name, code }) => (name ? [[name, code] as const] : []))
    return [title, files] as const
  })
  const isGuide = document.startsWith('docs/guide/')
  const below = isGuide ? [...((await readSamples()).get('Quick start') ?? [])] : []
  const withSamples = own.filter(([, files]) => files.length > 0)
  const [, first = []] = (isGuide ? own : withSamples)[0] ?? []
  return new Map(
    withSamples.map(([title, files]) => [title, new Map([...below, ...first, ...files])]),
  )
}

/** An empty folder in which the packages of this project are found, and what removes it. */
export async function makeFolder(): Promise<[folder: string, remove: () => Promise<void>]> {
  await mkdir(join(root, '.cache'), { recursive: true })
  const folder = await mkdtemp(join(root, '.cache/readme-'))
  return [folder, () => rm(folder, { recursive: true, force: true })]
}

/** Pages and styles that a document leaves to the reader are as small as can be. */
export async function writeApp(folder: string, files: Files): Promise<void> {
  const left = [...files].flatMap(([name, code]) => {
    const paths = code.match(/(?<=')\.{1,2}\/[\w./-]+\.(?:vue|css)(?=')/g) ?? []
    return paths.map((path) => posix.join(posix.dirname(name), path))
  })
  const stubs = left.map((path) => [path, stubOf(path)] as const)
  for (const [name, code] of new Map([...stubs, ...files])) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), code)
  }
}

function stubOf(path: string): string {
  if (path.endsWith('.css')) return ''
  const name = posix.basename(path)
  return `<template>${name === 'App.vue' ? '<RouterView />' : `<h1>${name}</h1>`}</template>`
}
