// The gcloud commands with which a person who may change the policies removes the access of one request. Pure.
import { quoted, serviceOf } from './gcloud.ts'
import { type BindingWanted, expressionOf, titleOf } from './policy.ts'
import { cut } from './text.ts'
import type { MessageView } from './view.ts'

/** The description of a request's bindings: 256 characters at most. */
export function descriptionOf(
  { namespace, name }: { namespace: string; name: string },
  requester: string,
  approvedBy: string | undefined,
): string {
  return cut(`${namespace}/${name}, asked by ${requester}, approved by ${approvedBy ?? ''}`, 256)
}

/** A command for each grant. It removes exactly this binding: gcloud compares the whole condition. */
export function removalCommands(view: MessageView): string[] {
  const { requester, startsAt, expiresAt, approvedBy, uid } = view
  if (!startsAt || !expiresAt) return []
  const entry = {
    uid,
    member: `user:${requester.email}`,
    startsAt: new Date(startsAt),
    expiresAt: new Date(expiresAt),
    description: descriptionOf(view, requester.email, approvedBy?.email),
  }
  return view.grants.map(({ resource, role, condition }) => commandFor(resource, { ...entry, role, condition }))
}

// A condition has commas and quotes, so it is passed as a file: as JSON in a here-document that the shell does not
// change.
function commandFor(resource: string, wanted: BindingWanted): string {
  const { uid, member, role, description } = wanted
  const on = `${serviceOf(resource)} remove-iam-policy-binding ${quoted(resource.split('/')[1] ?? '')}`
  const condition = { title: titleOf(uid), description, expression: expressionOf(wanted) }
  return [
    `gcloud ${on} --member=${quoted(member)} --role=${quoted(role)} --condition-from-file=/dev/stdin <<'END'`,
    JSON.stringify(condition, null, 2),
    'END',
  ].join('\n')
}
