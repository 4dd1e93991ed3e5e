// Where in a mapping's text a fault is. A refusal has no path: what it names is searched.
import type { RoleMapping } from '../../api/kinds.ts'
import type { Refusal } from '../outcome.ts'
import { entryOf, type Reason } from '../refusals.ts'

type Path = readonly (string | number)[]

/** The path of the field that the refusal is about. */
export function placeOfFault({ reason, message }: Refusal, { spec }: RoleMapping): Path {
  if (reason === 'TooFewApprovers')
    return ['spec', message.includes('(emergency') ? 'emergency' : 'approval', 'required']
  if (reason.startsWith('GoogleGroup')) return ['spec', ...groupsIn(message)]
  const own = entryOf(reason).mappingField?.split('.')
  return ['spec', ...(own ?? ['grants', grantIn(message, spec, reason)])]
}

function groupsIn(message: string): Path {
  const [, field = 'requesters.googleGroups'] = /\(((?:requesters|approval)[.\w]*)\)/.exec(message) ?? []
  return field.split('.')
}

// Of a role that is listed twice, the second one is meant.
function grantIn(message: string, { grants }: RoleMapping['spec'], reason: Reason): number {
  const named = grants.map(
    ({ role, resource }) => [role, resource].filter(part => message.includes(`"${part}"`)).length,
  )
  const most = Math.max(...named)
  return reason === 'GrantTwice' ? named.lastIndexOf(most) : named.indexOf(most)
}
