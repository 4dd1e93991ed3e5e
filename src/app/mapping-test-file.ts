// The form of a file with tests of mappings (*.test.yaml). docs/reference/mapping-tests.schema.json is generated from it.
import { z } from 'zod'

const person = z.string().min(1).describe('An address, or a short name from names.')
const people = z.array(person)

/** The sentences that a test can be. What each may say is read in src/cli/mapping-tests/sentence.ts. */
const sentencePattern = String.raw`^(\S+ may (not )?(ask|approve) \S+.*|nobody may approve themselves( on \S+)?)$`

/** A file with tests. Unknown fields are faults. */
export const mappingTestFile = z.strictObject({
  mappings: z
    .array(z.string().min(1))
    .min(1)
    .default(['.'])
    .describe('Files and folders with the mappings, relative to this file. Its own folder unless given.'),
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('The instant of every test that names none, such as 2026-11-24T09:00:00Z. Now unless given.'),
  names: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/), z.email())
    .default({})
    .describe('Short names of people.'),
  settings: z
    .strictObject({
      hostedDomains: z.array(z.string()).min(1),
      externalRequesters: z.array(z.strictObject({ email: z.email(), until: z.string() })).optional(),
      people: z.array(z.array(z.email()).min(2)).optional(),
    })
    .optional()
    .describe(
      'The settings that say who belongs to the organisation, as in config.yaml; --config names a file instead.',
    ),
  facts: z
    .strictObject({
      onCall: z.record(z.string(), people).default({}).describe('People on call, by the id of the policy or schedule.'),
      slackUserGroups: z.record(z.string(), people).default({}).describe('Members, by the id of the group.'),
      googleGroups: z.record(z.string(), people).default({}).describe('Members, by the address of the group.'),
    })
    .prefault({})
    .describe('What Slack, PagerDuty and Google would say. A group that is not named here is not known.'),
  tests: z
    .array(z.string().regex(new RegExp(sentencePattern)))
    .min(1)
    .describe('One sentence for each test.'),
})

/** A file as it is used. */
export type MappingTestFile = z.infer<typeof mappingTestFile>
