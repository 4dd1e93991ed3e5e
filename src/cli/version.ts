// The version of this Hallpass, from the package file two folders above, in the sources and in the installed package.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Such as `0.1.0`. */
export function versionOf(): string {
  const file = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  return (JSON.parse(file) as { version: string }).version
}
