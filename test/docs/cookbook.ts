// The recipes of docs/cookbook: their mappings, and the commands that would write by hand what Hallpass writes for them.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import { after, durationSeconds, instant } from '../../src/domain/asking/duration.ts'
import { expressionOf, titleOf } from '../../src/domain/granting/policy.ts'
import { policyCommand } from '../../src/domain/granting/policy-command.ts'
import { entriesOf } from '../../src/domain/granting/removal-commands.ts'

/** A recipe: the name of its file, the text, and the mapping in it. */
export type Recipe = { name: string; text: string; mapping: RoleMapping }

const folder = join(import.meta.dirname, '../../docs/cookbook')

/** Every recipe. */
export const recipes: readonly Recipe[] = readdirSync(folder)
  .filter(file => file.endsWith('.yaml'))
  .sort()
  .map(file => {
    const text = readFileSync(join(folder, file), 'utf8')
    return { name: basename(file, '.yaml'), text, mapping: parse(text) as RoleMapping }
  })

const page = readFileSync(join(import.meta.dirname, '../../docs/cookbook.md'), 'utf8')

/** The section of the page about a recipe; undefined without one. */
export function sectionOf({ name }: Pick<Recipe, 'name'>): string | undefined {
  return page.split(/^## /m).find(part => part.includes(`(cookbook/${name}.yaml)`))
}

/** An entry of a policy as a command on the page would write it. */
type Printed = { words: string; role: string; member: string; condition: object }

/** What the commands on the page would write if they told of this request instead of the example: read from the page's text. */
export function printedFor(recipe: Recipe, { metadata, status }: AccessRequest): Printed[] {
  const example = exampleOf(recipe.mapping)
  const changes: [from: string | undefined, to: string | undefined][] = [
    [example.metadata.uid, metadata.uid],
    [`${example.metadata.namespace}/${example.metadata.name}`, `${metadata.namespace}/${metadata.name}`],
    [example.status?.startsAt, status?.startsAt],
    [example.status?.expiresAt, status?.expiresAt],
    [`approved by ${example.status?.approvedBy}`, `approved by ${status?.approvedBy}`],
  ]
  const text = changes.reduce((said, [from, to]) => said.replaceAll(from ?? '', to ?? ''), sectionOf(recipe) ?? '')
  return [...text.matchAll(/^gcloud (.+) <<'END'\n(\{[^]*?\n\})\nEND$/gm)].map(([, line = '', json = '']) => {
    const flag = (name: string): string => new RegExp(` --${name}=(\\S+)`).exec(line)?.[1] ?? ''
    const words = line.slice(0, line.indexOf(' --member='))
    return { words, role: flag('role'), member: flag('member'), condition: JSON.parse(json) as object }
  })
}

/** The commands that would write what this request has written. */
export function commandsOf(request: AccessRequest): string[] {
  return entriesOf(request).map(({ resource, wanted }) => {
    const { uid, role, member, description } = wanted
    const condition = { title: titleOf(uid), description, expression: expressionOf(wanted) }
    return policyCommand('add', { resource, role, member, condition })
  })
}

const nine = new Date('2026-11-24T09:00:00Z')
/** Saturday, 22:00 in Zurich. */
const weekend = new Date('2026-11-28T21:00:00Z')
/** Tuesday, 22:00 in Berlin. */
const night = new Date('2026-11-24T21:00:00Z')

/** The request that the page tells of: from nine in the morning, at night or at the weekend, for the usual time. */
export function exampleOf({ metadata: { namespace, name }, spec }: RoleMapping): AccessRequest {
  const { grants, approval, requesters } = spec
  const duration = spec.duration?.default ?? '60m'
  const startsAt = name.startsWith('weekend') ? weekend : spec.hours ? night : nine
  const approvers = ['mo@example.com', 'ana@example.com'].slice(0, approval.required ?? 1)
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: {
      namespace,
      name: `${name}-7f3k2m5n6p2q`,
      uid: '5f0c3a52-8f0e-4a7b-9d55-0c1e2f3a4b5c',
      creationTimestamp: instant(nine),
      resourceVersion: '1',
    },
    spec: {
      roleMapping: name,
      requester: { email: requesters?.emails?.[0] ?? 'dana@example.com' },
      origin: 'slack',
      duration,
      reason: 'an example',
      grants,
      ...(spec.hours && { hours: spec.hours }),
      approval,
    },
    status: {
      startsAt: instant(startsAt),
      expiresAt: instant(after(startsAt, durationSeconds(duration))),
      approvedBy: approvers.join(', '),
    },
  } as AccessRequest
}
