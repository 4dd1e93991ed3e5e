// The start that a person types in the form of the door, read by the grammar of the commands.
import { beginOf, notBeforeOf } from '../../domain/asking/start.ts'
import { readStartAlone } from '../../domain/asking/typed-duration.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { Refused } from '../../domain/outcome.ts'
import { oneLine } from '../../domain/text.ts'

/**
 * The start as it is stored: in UTC, like every time on these pages, unless another zone is typed. Throws Refused when it
 * cannot be meant.
 */
export function startOf(typed: string, { hours }: Pick<Mapping, 'hours'>, now: Date): { notBefore?: string } {
  if (oneLine(typed) === '') return {}
  const read = readStartAlone(typed)
  if ('unclear' in read)
    throw new Refused('BadStart', `It is not clear when "${read.unclear}" is. ${read.remedy ?? ''}`)
  const begin = beginOf(read.start, { now, zone: 'UTC', hours })
  if ('fault' in begin) throw new Refused('BadStart', begin.fault)
  return notBeforeOf(begin)
}
