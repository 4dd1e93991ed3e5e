// docs/cookbook.md: each recipe is on the page as its file has it, with what it writes, and its mapping could be Ready.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { judgeRoles } from '../../src/domain/mapping/granted-roles.ts'
import { lintMapping } from '../../src/domain/mapping/linter.ts'
import { suite } from '../suite.ts'
import { commandsOf, exampleOf, recipes, sectionOf } from './cookbook.ts'

const test = suite('docs/cookbook.md')
const page = readFileSync(join(import.meta.dirname, '../../docs/cookbook.md'), 'utf8')
const mappings = recipes.map(({ mapping }) => mapping)

for (const { name, text, mapping } of recipes)
  test(`${name}: the page has its file and what it writes, and it could be Ready`, () => {
    const section = sectionOf({ name })
    assert.ok(section, `a section of the page links to cookbook/${name}.yaml`)
    assert.ok(section.includes(`\`\`\`yaml\n${text}\`\`\``), `the page must have the file:\n${text}`)
    const commands = `\`\`\`sh\n${commandsOf(exampleOf(mapping)).join('\n')}\n\`\`\``
    assert.ok(section.includes(commands), `the page must have what the mapping writes:\n${commands}`)
    const now = new Date('2026-11-24T09:00:00Z')
    assert.equal(lintMapping(mapping, { others: mappings, generic: '/access', now }), [])
    assert.equal(judgeRoles(mapping.spec, new Map()).faults, [])
  })

test('the page has no other recipe', () => {
  const linked = [...page.matchAll(/\(cookbook\/([\w-]+)\.yaml\)/g)].map(([, name = '']) => name)
  assert.equal([...new Set(linked)].sort(), recipes.map(({ name }) => name).sort())
})

test.run()
