// The command that removes one entry, if a person can see on a terminal what it does.
import { type Entry, policyCommand } from '../../domain/granting/policy-command.ts'
import { resourceOf } from '../../domain/mapping/resources.ts'
import type { Finding } from './finding.ts'

/** Nothing for a role or a member with characters that a terminal does not show: nobody could check such a command. */
export function commandFor(entry: Entry): Pick<Finding, 'command'> {
  const isPlain = [entry.role, entry.member].every(text => /^[ -~]+$/.test(text))
  return isPlain && resourceOf(entry.resource) ? { command: policyCommand('remove', entry) } : {}
}
