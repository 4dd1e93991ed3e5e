// Notes about ending access early, each sent once: to the approver when the holder is done, and to the person whose
// sign-in did not end it. Pure.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import { type MessageView, viewOf } from '../view/view.ts'
import { doneTold, wasAskedToEnd } from './endings.ts'
import { janitorUntil } from './removal.ts'

type Told = NonNullable<RequestStatus['told']>
type Person = { email: string; name?: string | undefined; slackUserID?: string | undefined }

/** A note, and whom it mentions. `nth`: as many early ends have been refused. */
export type EndNote = { about: 'done'; to: Person } | { about: 'notEnded'; to: Person; why: string; nth: number }

const notEnded = /^notEnded (\d)$/

/** The note that is sent next; undefined without one. The approver is not asked while a janitor may remove it. */
export function owedEndNote(request: AccessRequest, now: Date): EndNote | undefined {
  const { phase, told = [], endings = [] } = request.status ?? {}
  if (phase !== 'Provisioned' || endings.length === 0) return undefined
  const view = viewOf(request, undefined)
  const refused = refusedNote(request, view)
  if (refused) return refused
  const isDone = endings.some(({ verdict }) => verdict === 'Done')
  const isOwed = isDone && !view.isEnding && !wasAskedToEnd(told) && !janitorUntil(request.status ?? {}, now)
  const to = isOwed ? askedToEnd(view) : undefined
  return to && { about: 'done', to }
}

/** Who is asked to end it: the approver, or one of those who were asked when Slack does not know the approver, or it is the holder. */
export function askedToEnd({
  approvedBy,
  approvers,
  requester,
}: Pick<MessageView, 'approvedBy' | 'approvers' | 'requester'>): Person | undefined {
  const people = [...(approvedBy ? [approvedBy] : []), ...approvers]
  const isOther = ({ email, slackUserID }: Person): boolean => slackUserID !== undefined && email !== requester.email
  return people.find(person => isOther(person)) ?? people[0]
}

function refusedNote({ status = {} }: AccessRequest, { notEnded: last }: MessageView): EndNote | undefined {
  const nth = status.endingsRefused?.length ?? 0
  return last?.who && nth > toldRefusals(status.told)
    ? { about: 'notEnded', to: last.who, why: last.why, nth }
    : undefined
}

function toldRefusals(told: Told = []): number {
  return Math.max(0, ...told.map(({ what }) => Number(notEnded.exec(what)?.[1] ?? 0)))
}

/** `told` with this note. */
export function withEndNote(told: Told = [], note: EndNote, at: string): Told {
  if (note.about === 'done') return [...told.filter(({ what }) => what !== doneTold), { what: doneTold, at }]
  return [...told.filter(({ what }) => !notEnded.test(what)), { what: `notEnded ${note.nth}`, at }]
}
