// The gcloud commands with which a person who may change the policies removes the access of one request. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { commandOn, quoted } from './gcloud.ts'
import { grantsLeft } from '../approval/narrowing.ts'
import { type BindingWanted, expressionOf, titleOf } from './policy.ts'
import { approvedNarrowing } from '../approval/quorum.ts'
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

/**
 * A command for each grant. It removes exactly this binding: gcloud compares the whole condition. A resource that Hallpass
 * does not know has none: without words of gcloud, the shell would run the condition instead of passing it.
 */
export function removalCommands(request: AccessRequest): string[] {
  const { metadata, spec, status = {} } = request
  const { startsAt, expiresAt, approvedBy } = status
  if (!startsAt || !expiresAt) return []
  const { email } = spec.requester
  const description = descriptionOf(metadata, email, approvedBy)
  const times = { startsAt: new Date(startsAt), expiresAt: new Date(expiresAt) }
  const entry = { uid: metadata.uid, member: `user:${email}`, ...times, description }
  return grantsLeft(spec, approvedNarrowing(request)).flatMap(({ resource, role, condition }) =>
    resourceOf(resource) ? [commandFor(resource, { ...entry, role, condition })] : [],
  )
}

// A condition has commas and quotes, so it is passed as a file: as JSON in a here-document that the shell does not
// change.
function commandFor(resource: string, wanted: BindingWanted): string {
  const { uid, member, role, description } = wanted
  const on = commandOn(resource, 'remove-iam-policy-binding')
  const condition = { title: titleOf(uid), description, expression: expressionOf(wanted) }
  return [
    `gcloud ${on} --member=${quoted(member)} --role=${quoted(role)} --condition-from-file=/dev/stdin <<'END'`,
    JSON.stringify(condition, null, 2),
    'END',
  ].join('\n')
}
