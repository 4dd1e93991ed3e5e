// How the answer looks: as docs/drift.md shows it, and as programs read it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { toJson, toTable } from '../../../src/audit/drift/rendering.ts'
import { suite } from '../../suite.ts'
import { client, eu, found, granted, now, uidOf } from './stage.ts'

const test = suite('drift, shown')
const dana = granted(1)
const eve = 'user:eve@example.com'

const report = found([dana], {
  bindings: before => [
    ...before.map(one => ({ ...one, members: ['user:dana@example.com', eve] })),
    { role: client, members: ['user:otto@example.com'] },
  ],
  writes: [
    {
      at: '2026-11-23T12:04:31.500Z',
      by: 'otto@example.com',
      resource: eu,
      id: 'a',
      reason: '',
      log: '',
      changes: [
        {
          action: 'ADD',
          at: '2026-11-23T12:04:31.500Z',
          by: 'otto@example.com',
          resource: eu,
          role: client,
          member: eve,
          title: `hallpass ${uidOf(1)}`,
          expression: '',
          description: '',
          id: 'a',
        },
      ],
    },
  ],
})

test('docs/drift.md shows exactly what is printed', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/drift.md'), 'utf8')
  assert.ok(page.includes(`\n\`\`\`\n${toTable(report)}\`\`\`\n`), toTable(report))
})

test('JSON has every finding with null for what is not known', () => {
  const json = toJson(report, now) as { schema: string; findings: Record<string, unknown>[]; standing: object[] }
  assert.is(json.schema, 'hallpass/drift/v1')
  const [one] = json.findings
  const names = 'kind resource role member title why namespace request mapping since by next command'
  assert.equal(Object.keys(one ?? {}), names.split(' '))
  assert.equal([one?.['since'], one?.['by']], ['2026-11-23T12:04:31Z', 'otto@example.com'])
  const unknown = toJson(
    found([], {
      bindings: () => [
        { role: client, members: [eve], condition: { title: `hallpass ${uidOf(9)}`, expression: 'true' } },
      ],
    }),
    now,
  ) as typeof json
  assert.equal([unknown.findings[0]?.['request'], unknown.findings[0]?.['since']], [null, null])
  assert.is(json.standing.length, 1)
})

test.run()
