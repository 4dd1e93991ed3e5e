// `hallpass around`: which grants went around Hallpass. Reads two logs that were fetched before; asks nobody.
import { createReadStream } from 'node:fs'
import { addedIn, type Around, grantsAround, isUnreadable } from '../audit/around.ts'
import { entriesIn, eventsIn } from '../audit/log-entries.ts'
import { printable } from '../domain/text.ts'
import type { Terminal } from './terminal.ts'

/** Prints what was added to policies without an approval, one a line, and how many there were. */
export async function around(policyLog: string, terminal: Terminal): Promise<void> {
  const events = await Array.fromAsync(eventsIn(terminal.stdin, { count: 0 }))
  const logged = await Array.fromAsync(entriesIn(createReadStream(policyLog)))
  const added = logged.flatMap(addedIn)
  const unread = logged.filter(isUnreadable).length
  const found = grantsAround(added, events)
  for (const one of found) terminal.out(`${printable(lineOf(one))}\n`)
  terminal.out(`${found.length} of ${added.length} grants went around Hallpass.\n`)
  if (unread > 0) terminal.out(`${unread} changes of policies do not say what they gave: look at them in the log.\n`)
}

function lineOf({ at, by, resource, role, member, why }: Around): string {
  return `${at} ${by} gave ${role} on ${resource} to ${member}: ${why}`
}
