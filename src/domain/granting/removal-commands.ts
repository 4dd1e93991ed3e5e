// The gcloud commands with which a person who may change the policies removes the access of one request. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { approvedEntries, type ApprovedEntry } from './approved-entries.ts'
import { expressionOf, titleOf } from './policy.ts'
import { policyCommand } from './policy-command.ts'
import { resourceOf } from '../mapping/resources.ts'

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
export function entriesOf(request: AccessRequest): ApprovedEntry[] {
  return approvedEntries(request).filter(({ resource }) => resourceOf(resource))
}
