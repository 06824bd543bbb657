// Writes docs/reference from the doc comments of src, for the site: npm run docs:reference. Nothing there is committed.
// typedoc leaves out the comments on the members of a union, so those of events and error codes are added here.
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** The members of a union of `src`, each with the text of its comment. */
function membersOf(file, union) {
  const source = readFileSync(inRoot(`src/${file}`), 'utf8')
  const [, body = ''] = source.split(`export type ${union} =\n`)
  const members = body.split(/\n\n(?=\S)/)[0].matchAll(/\/\*\*(.+?)\*\/\s*\|[^']+'([\w-]+)'/gs)
  const found = [...members].map(([, comment, name]) => ({
    name,
    text: comment
      .replaceAll(/\n\s*\*/g, '\n')
      .replaceAll(/ +/g, ' ')
      .trim(),
  }))
  if (found.length === 0) throw new Error(`no members of ${union} in ${file}`)
  return found
}

const { status } = spawnSync(process.execPath, ['node_modules/typedoc/bin/typedoc'], {
  cwd: inRoot('.'),
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)

for (const [file, union] of [
  ['errors.ts', 'AuthErrorCode'],
  ['events.ts', 'AuthEventDetail'],
]) {
  const sections = membersOf(file, union).map(({ name, text }) => `## ${name}\n\n${text}\n`)
  appendFileSync(
    inRoot(`docs/reference/index/type-aliases/${union}.md`),
    `\n${sections.join('\n')}`,
  )
}
