// Who may decide besides the people who are asked: members of Google groups, whom Hallpass does not list. Pure.
import type { MessageView } from '../../domain/view/view.ts'
import { code, list } from './words.ts'

/** It mentions nobody, because nobody is called for a group; undefined without groups. */
export function membersLine({ groups = [] }: MessageView): string | undefined {
  if (groups.length === 0) return undefined
  return `Members of ${list(groups.map(code), 'or')} can decide too; they are not notified.`
}
