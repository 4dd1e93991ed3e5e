// The gcloud commands with which a person who may change the policies removes the access of one request. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { grantsLeft } from '../approval/narrowing.ts'
import { type BindingWanted, expressionOf, titleOf } from './policy.ts'
import { policyCommand } from './policy-command.ts'
import { approvedNarrowing } from '../approval/quorum.ts'
import { restrictionOf } from './restriction.ts'
import { resourceOf } from '../mapping/resources.ts'
import { cut } from '../text.ts'

/** The description of a request's bindings: 256 characters at most. */
export function descriptionOf(
  { namespace, name }: { namespace: string; name: string },
  requester: string,
  approvedBy: string | undefined,
): string {
  return cut(`${namespace}/${name}, asked by ${requester}, approved by ${approvedBy ?? ''}`, 256)
}

/** A command for each grant of a resource that Hallpass knows. It removes exactly this entry. */
export function removalCommands(request: AccessRequest): string[] {
  return entriesOf(request).map(({ resource, wanted }) => {
    const { uid, member, role, description } = wanted
    const condition = { title: titleOf(uid), description, expression: expressionOf(wanted) }
    return policyCommand('remove', { resource, role, member, condition })
  })
}

/**
 * What the request had written, or will have, one entry for each grant; nothing before its times are stored. Without those
 * on resources of types that Hallpass does not know: it writes nothing there.
 */
export function entriesOf(request: AccessRequest): { resource: string; wanted: BindingWanted }[] {
  const { metadata, spec, status = {} } = request
  const { startsAt, expiresAt, approvedBy } = status
  if (!startsAt || !expiresAt) return []
  const { email } = spec.requester
  const description = descriptionOf(metadata, email, approvedBy)
  const times = { startsAt: new Date(startsAt), expiresAt: new Date(expiresAt) }
  const entry = { uid: metadata.uid, member: `user:${email}`, ...times, description }
  return grantsLeft(spec, approvedNarrowing(request)).flatMap(grant =>
    resourceOf(grant.resource)
      ? [{ resource: grant.resource, wanted: { ...entry, role: grant.role, condition: restrictionOf(spec, grant) } }]
      : [],
  )
}
