// Lists the pages whose translation in docs/zh lags behind or is missing: npm run translations. Fails where one has other
// code, names or links than its original. `npm run translations -- --write docs/guide/why.md` records that the page's
// translation is up to date.
import { differences, hashOf, isTranslated, originals, read } from './translated.mjs'
import { record, recordedIn, translationOf } from './translated.mjs'

const [option, ...documents] = process.argv.slice(2)
if (option === '--write') for (const document of documents) record(document)

for (const document of originals()) {
  if (!isTranslated(document)) {
    console.log(`${document}: not translated`)
    continue
  }
  const [original, translation] = [document, translationOf(document)].map(read)
  if (recordedIn(translation) !== hashOf(original)) console.log(`${document}: changed since`)
  for (const difference of differences(document, original, translation)) {
    console.error(`${translationOf(document)} ${difference}`)
    process.exitCode = 1
  }
}
