// Handles submitted forms: values are checked like typed ones, and errors are shown at their field.
import { after, instant } from '../../domain/asking/duration.ts'
import { Refused } from '../../domain/outcome.ts'
import { entryOf } from '../../domain/refusals.ts'
import { oneLine } from '../../domain/text.ts'
import { aheadSeconds, type Begin, graceSeconds } from '../../domain/asking/start.ts'
import { secondsOfWindow, type Window, windowOf } from '../../domain/asking/window.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { readDuration, readWindowAlone } from '../../domain/asking/typed-duration.ts'
import { plain, truncate } from '../messages/words.ts'
import { no } from './acting.ts'
import { type Answer, badDuration, denied, failed, gone } from './answers.ts'
import { decide } from '../../store/deciding.ts'
import type { Dependencies } from './dependencies.ts'
import { askFor, identify, identifyAsker, requesterFor } from './steps.ts'
import { emergencyTick, fieldsByName, maxCommentLength } from './forms.ts'
import type { Continued } from '../../domain/asking/more-time.ts'
import { readContinued, shownStart } from './more-time.ts'
import { offers } from '../../domain/mapping/offers.ts'
import { readFields, readOrigin, readTarget, type Submission } from './payload.ts'

/**
 * The result of a form: an answer, or errors by block id. `closes`: the form is done, so it closes, and the answer is a
 * line where the form was opened. Without such a place there is no line: the message that was decided on says it.
 */
export type Submitted = { answer: Answer; closes?: boolean } | { faults: Record<string, string> }

/** Handles a submitted form. Throws Refused when the reason does not belong to a field. */
export async function handleSubmission(submission: Submission, deps: Dependencies): Promise<Submitted> {
  if (submission.callbackID === 'ask') return submitAsk(submission, deps)
  if (submission.callbackID === 'deny') return { answer: await submitDenial(submission, deps), closes: true }
  return { answer: failed() }
}

async function submitDenial({ actor, viewID, metadata, state }: Submission, deps: Dependencies): Promise<Answer> {
  const target = readTarget(metadata)
  if (!target) throw no(gone())
  const person = await identify(actor, deps)
  const comment = truncate(oneLine(readFields(state)['comment'] ?? ''), maxCommentLength)
  return denied(await decide({ verdict: 'Denied', target, person, action: viewID, comment }, deps))
}

type Fields = ReturnType<typeof fieldsByName>

async function submitAsk(submission: Submission, deps: Dependencies): Promise<Submitted> {
  const fields = fieldsByName(readFields(submission.state))
  const offer = offers(deps.mappings).find(({ uid }) => uid === fields['mapping']?.value)
  if (!offer) return faultAt(fields, 'mapping', 'This can no longer be asked for. Please choose again.')
  const person = await identifyAsker(submission.actor, deps)
  const typed = oneLine(fields['duration']?.value ?? '')
  const length = readLength(typed, offer.mapping, { now: deps.clock.now(), zone: person.zone })
  if ('fault' in length) return faultAt(fields, 'duration', length.fault)
  const origin = readOrigin(submission.metadata)
  const continued = await readContinued(origin.follows, { person, mapping: offer.mapping }, deps)
  const start = readStart(fields['start']?.value ?? '', { now: deps.clock.now(), continued, zone: person.zone })
  if ('fault' in start) return faultAt(fields, 'start', start.fault)
  if (length.window && start.notBefore) return faultAt(fields, 'start', ownStart)
  try {
    const answer = await askFor(
      {
        mapping: offer.mapping,
        requester: await requesterFor(person, [offer], deps),
        ...length,
        isDefault: typed === '',
        reason: oneLine(fields['reason']?.value ?? ''),
        ...(fields['emergency']?.value === emergencyTick && { isEmergency: true }),
        ...start,
        // Times of several days continue nothing: they lie between others.
        ...(continued && !length.window && { follows: continued.follows }),
        // The form's id is the trigger: sending the same form twice makes one request.
        slack: {
          teamID: submission.actor.teamID,
          channelID: origin.channelID ?? offer.mapping.channel,
          trigger: `view:${submission.viewID}`,
        },
      },
      deps,
    )
    return { answer, closes: origin.responseUrl !== undefined }
  } catch (error) {
    const field = error instanceof Refused ? entryOf(error.refusal.reason).field : undefined
    if (!field || !(error instanceof Refused)) throw error
    return faultAt(fields, field, plain(error.message))
  }
}

const ownStart = 'Times of several days have their own start: leave this empty.'

type Length = { seconds: number; window?: Window }

// The same words as in a command.
function readLength(
  typed: string,
  { defaultSeconds, hours }: Mapping,
  here: { now: Date; zone: string | undefined },
): Length | { fault: string } {
  if (typed === '') return { seconds: defaultSeconds }
  const read = readWindowAlone(typed)
  if (read && 'unclear' in read) return { fault: badDuration(typed).message }
  const window = read && windowOf(read.window, { ...here, hours })
  if (window) return 'fault' in window ? window : { seconds: secondsOfWindow(window), window }
  const seconds = readDuration(typed)
  return seconds === undefined ? { fault: badDuration(typed).message } : { seconds }
}

function faultAt(fields: Fields, field: string, message: string): Submitted {
  return { faults: { [fields[field]?.id ?? field]: message } }
}

type StartFacts = { now: Date; continued: Continued | undefined; zone: string | undefined }
type Start = { notBefore?: string; begin?: Begin }

function readStart(value: string, { zone = 'UTC', ...facts }: StartFacts): Start | { fault: string } {
  const read = readPicked(value, facts)
  return 'notBefore' in read && read.notBefore ? { ...read, begin: { at: new Date(read.notBefore), zone } } : read
}

function readPicked(value: string, { now, continued }: Omit<StartFacts, 'zone'>): Start | { fault: string } {
  if (value === '') return {}
  // The form showed the minute in which the access ends: no gap, and no time twice.
  if (continued && Number(value) === shownStart(continued)) return { notBefore: instant(continued.endsAt) }
  const start = new Date(Number(value) * 1000)
  if (Number.isNaN(start.getTime()) || start < after(now, -graceSeconds)) return { fault: 'The start is in the past.' }
  if (start > after(now, aheadSeconds)) return { fault: 'The start is more than 7 days ahead.' }
  return start > now ? { notBefore: instant(start) } : {}
}
