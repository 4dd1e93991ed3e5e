// `hallpass around`: which grants were made around Hallpass. Reads two logs that were fetched before; makes no call.
import { createReadStream } from 'node:fs'
import { addedIn, type Around, grantsAround, isUnreadable } from '../audit/around.ts'
import { entriesIn } from '../audit/entries.ts'
import { eventsIn } from '../audit/log-entries.ts'
import { printable } from '../domain/text.ts'
import type { Terminal } from './terminal.ts'

/** Prints the members added to policies without an approval, one a line, and their number. */
export async function around(policyLog: string, terminal: Terminal): Promise<void> {
  const events = await Array.fromAsync(eventsIn(terminal.stdin, { count: 0 }))
  const logged = await Array.fromAsync(entriesIn(createReadStream(policyLog)))
  const added = logged.flatMap(addedIn)
  const unread = logged.filter(isUnreadable).length
  const found = grantsAround(added, events)
  if (events.length === 0)
    terminal.err('The log from stdin has no events of Hallpass, so every grant counts as made around it.\n')
  if (logged.length === 0) terminal.err(`${policyLog} has no entries, so no grant was compared.\n`)
  for (const one of found) terminal.out(`${printable(lineOf(one))}\n`)
  terminal.out(`${found.length} of ${added.length} grants were made around Hallpass.\n`)
  if (unread > 0) terminal.out(`${unread} policy changes do not say which roles they gave: read them in the log.\n`)
}

function lineOf({ at, by, resource, role, member, why }: Around): string {
  return `${at} ${by} gave ${role} on ${resource} to ${member}: ${why}`
}
