// The roles and resources of a request as a table in the message. Pure.
import { oneLine } from '../../domain/text.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { limits } from './blocks.ts'
import { escape, truncate } from './words.ts'

/** Roles and resources in columns. A condition is shown below its grant, the approver's page shows it in full. */
export function grantTable(grants: MessageView['grants']): string {
  const width = Math.min(40, Math.max(...grants.map(({ role }) => role.length)))
  const share = Math.floor((limits.section - 6) / grants.length)
  return grants
    .map(({ role, resource, condition }) => {
      const row = `${escape(role).padEnd(width)}  on ${escape(resource)}`
      const only = condition ? `\n  only if ${escape(oneLine(condition)).replaceAll('`', "'")}` : ''
      return truncate(`${row}${only && truncate(only, 160)}`, share - 1)
    })
    .join('\n')
}
