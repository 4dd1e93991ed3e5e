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
