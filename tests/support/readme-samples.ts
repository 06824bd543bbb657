import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Code that a document gives a file name, by name. */
type Files = ReadonlyMap<string, string>

/** The samples of a document by section: those of its first one, which the others are pasted over. */
export async function readSamples(document = 'README.md'): Promise<ReadonlyMap<string, Files>> {
  const text = await readFile(join(root, document), 'utf8')
  const own = text.split(/^## /m).flatMap((section) => {
    const blocks = section.matchAll(
      /^```(?:ts|vue)\n((?:\/\/|<!--) ([\w./-]+\.(?:ts|vue)).*?)^```$/gms,
    )
    const files = [...blocks].map(([, code = '', name = '']) => [name, code] as const)
    return files.length > 0 ? [[section.split('\n')[0] ?? '', files] as const] : []
  })
  const [[, quickStart] = []] = own
  return new Map(own.map(([title, files]) => [title, new Map([...(quickStart ?? []), ...files])]))
}

/** An empty folder in which the packages of this project are found, and what removes it. */
export async function makeFolder(): Promise<[folder: string, remove: () => Promise<void>]> {
  await mkdir(join(root, '.cache'), { recursive: true })
  const folder = await mkdtemp(join(root, '.cache/readme-'))
  return [folder, () => rm(folder, { recursive: true, force: true })]
}

/** Pages that a document leaves to the reader are as small as can be. */
export async function writeApp(folder: string, files: Files): Promise<void> {
  await mkdir(folder, { recursive: true })
  const pages = [...files.values()].flatMap((code) => code.match(/(?<=\.\/)\w+\.vue(?=')/g) ?? [])
  const stubs = pages.map(
    (page) =>
      [
        page,
        `<template>${page === 'App.vue' ? '<RouterView />' : `<h1>${page}</h1>`}</template>`,
      ] as const,
  )
  for (const [name, code] of new Map([...stubs, ...files])) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), code)
  }
}
