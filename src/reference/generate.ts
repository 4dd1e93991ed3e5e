// Generates what is derived from other files: the types of both kinds, the reference pages, and what
// `hallpass doctor` compares an installation with.
// `npm run generate` writes; with `--check` it only says whether a file is stale.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generatedTypes } from '../api/generate.ts'
import { chartSchema } from './chart-values.ts'
import { pages } from './pages.ts'
import { shippedSource } from './shipped.ts'

const root = join(import.meta.dirname, '../..')

for (const [path, text] of Object.entries({
  ...(await generatedTypes()),
  ...pages(),
  ...chartSchema(),
  ...shippedSource(),
})) {
  const isFresh = text === (await readFile(join(root, path), 'utf8').catch(() => ''))
  if (isFresh) continue
  if (!process.argv.includes('--check')) await writeFile(join(root, path), text)
  else {
    console.error(`${path} does not match its source: run npm run generate.`)
    process.exitCode = 1
  }
}
