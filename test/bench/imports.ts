// Which libraries a process loads, read from its sources, so that its peer loads exactly the same.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The packages that this source imports, itself or through other sources; types do not count. */
export async function librariesOf(entry: string): Promise<string[]> {
  const libraries = new Set<string>()
  const seen = new Set<string>()
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return
    seen.add(file)
    for (const specifier of specifiersIn(await readFile(file, 'utf8'))) {
      if (specifier.startsWith('.')) await visit(join(dirname(file), specifier))
      else if (!specifier.startsWith('node:')) libraries.add(specifier)
    }
  }
  await visit(entry)
  return [...libraries].sort()
}

function specifiersIn(source: string): string[] {
  const imports = source.matchAll(/^import (?!type )(?:[^'"]*? from )?'([^']+)'/gm)
  return [...imports].map(([, specifier = '']) => specifier)
}
