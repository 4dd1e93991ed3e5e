// The start or the window that a person types in the form of the door, read by the grammar of the commands.
import { beginOf, notBeforeOf } from '../../domain/asking/start.ts'
import { readStartAlone, readWindowAlone } from '../../domain/asking/typed-duration.ts'
import { secondsOfWindow, type Window, windowOf } from '../../domain/asking/window.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { Refused } from '../../domain/outcome.ts'
import { oneLine } from '../../domain/text.ts'

/**
 * The start as it is stored, or the times of several days and the length of one: in UTC, like every time on these pages,
 * unless another zone is typed. Throws Refused when it cannot be meant.
 */
export function timesOf(
  typed: string,
  { hours }: Pick<Mapping, 'hours'>,
  now: Date,
): { notBefore?: string } | { window: Window; seconds: number } {
  if (oneLine(typed) === '') return {}
  const several = readWindowAlone(typed)
  if (several && 'window' in several) {
    const window = windowOf(several.window, { now, zone: 'UTC', hours })
    if ('fault' in window) throw new Refused('BadWindow', window.fault)
    return { window, seconds: secondsOfWindow(window) }
  }
  const read = several ?? readStartAlone(typed)
  if ('unclear' in read)
    throw new Refused('BadStart', `It is not clear when "${read.unclear}" is. ${read.remedy ?? ''}`.trim())
  const begin = beginOf(read.start, { now, zone: 'UTC', hours })
  if ('fault' in begin) throw new Refused('BadStart', begin.fault)
  return notBeforeOf(begin)
}
