// docs/reference/mapping-tests.schema.json, from the form that `hallpass test` reads. Editors use it to complete and check
// files *.test.yaml.
import { z } from 'zod'
import { mappingTestFile } from '../app/mapping-test-file.ts'

/** The text of the schema. */
export function mappingTestSchemaText(): string {
  const schema = z.toJSONSchema(mappingTestFile, { io: 'input' })
  return `${JSON.stringify({ ...schema, title: 'Tests of mappings (hallpass test)' }, null, 2)}\n`
}
