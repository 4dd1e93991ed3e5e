// `hallpass explain`: what would happen to a request. It stores nothing and asks nobody.
import { readOrganisation } from '../../app/organisation.ts'
import { aligned } from '../../audit/columns.ts'
import type { RoleMapping } from '../../api/kinds.ts'
import { explain, type Explanation, type Wondering } from '../../domain/approval/explaining.ts'
import { after, instant, sayDuration } from '../../domain/asking/duration.ts'
import type { Period } from '../../domain/hours/opening.ts'
import { sayWorking } from '../../domain/hours/words.ts'
import { readMapping } from '../../domain/mapping/mapping.ts'
import { printedJson } from '../../domain/json.ts'
import { ownerOf } from '../../domain/refusals.ts'
import { domainOf, type Email } from '../../domain/people/identity.ts'
import { printable } from '../../domain/text.ts'
import { Ended } from '../ended.ts'
import { answerCodes, answering, type Terminal } from '../terminal.ts'
import { chosenMappings, mappingCalled, type MappingOptions } from '../mappings.ts'

export type ExplainOptions = MappingOptions & {
  as: Email
  mapping: string
  approver?: Email
  at: Date
  for?: number
  reason?: string
  emergency?: boolean
  userGroup: readonly string[]
  googleGroup: readonly string[]
  output: 'table' | 'json'
}

/** The shape of `hallpass explain -o json`. Fields are only added. */
export type ExplainJson = {
  schema: 'hallpass/explain/v1'
  at: string
  mapping: { namespace: string; name: string }
  person: string
  seconds: number
  /** Whether it would be asked; null when that depends on what is not known here. */
  isAsked: boolean | null
  judged: {
    about: string
    answer: 'yes' | 'no' | 'unknown'
    reason: string | null
    owner: string | null
    says: string
  }[]
  /** In which hours it would work, for this time; null when at any time. */
  works: string | null
  asked: string[]
  unknown: string[]
}

/** Prints the explanation. Ends with the exit code for a difference when a rule says no. */
export async function printExplanation(options: ExplainOptions, terminal: Terminal): Promise<void> {
  await answering(async () => {
    const all = await chosenMappings(options, terminal)
    const stored = mappingCalled(options.mapping, all)
    const settings = readOrganisation(terminal.environment)
    const person = options.as
    // Without settings nobody is known to be outside.
    const persons = [person, ...(options.approver ? [options.approver] : [])]
    const organisation = settings?.organisation ?? { hostedDomains: persons.map(domainOf), externalRequesters: [] }
    const wondering: Wondering = {
      stored,
      ...(options.file.length > 0 && { others: all }),
      person,
      userGroups: options.userGroup,
      googleGroups: options.googleGroup,
      seconds: options.for,
      reason: options.reason,
      isEmergency: options.emergency ?? false,
      approver: options.approver,
      organisation,
      people: settings?.people ?? [],
      now: options.at,
    }
    const explanation = explain(wondering)
    const json = toJson(explanation, {
      stored,
      options,
      unknown: unknowns(explanation, settings === undefined, person),
    })
    terminal.out(options.output === 'json' ? printedJson(json) : printable(toText(json)))
    if (json.judged.some(({ answer }) => answer === 'no')) throw new Ended(answerCodes.different)
  })
}

type Around = { stored: RoleMapping; options: ExplainOptions; unknown: string[] }

function toJson({ judged, seconds, approval }: Explanation, { stored, options, unknown }: Around): ExplainJson {
  const answers = judged.filter(({ about }) => about !== 'approver').map(({ answer }) => answer)
  return {
    schema: 'hallpass/explain/v1',
    at: instant(options.at),
    mapping: { namespace: stored.metadata.namespace, name: stored.metadata.name },
    person: options.as,
    seconds,
    isAsked: answers.includes('no') ? false : answers.includes('unknown') ? null : true,
    judged: judged.map(({ about, answer, refusal, says }) => {
      const reason = answer === 'no' ? (refusal?.reason ?? null) : null
      return { about, answer, reason, owner: reason && ownerOf(reason), says }
    }),
    works: sayWorks(stored, { from: options.at, until: after(options.at, seconds) }),
    asked: [...sayAsked(approval), ...sayOnCall(stored)],
    unknown,
  }
}

function sayWorks(stored: RoleMapping, time: Period): string | null {
  const { hours } = readMapping(stored)
  return hours ? sayWorking(hours, [time]) : null
}

/** Who would be asked, in order. */
function sayAsked({
  onCall,
  fallback,
  allowed,
  escalateAfter,
  required,
  window,
  onlyOnCall,
}: Explanation['approval']): string[] {
  const duty = onCall?.escalationPolicy
    ? `the people on call in PagerDuty policy ${onCall.escalationPolicy}, level ${onCall.level ?? 1}`
    : onCall?.schedule && `the people on call in PagerDuty schedule ${onCall.schedule}`
  const others = [
    ...(fallback?.emails ?? []),
    ...(fallback?.slackUserGroup ? [`the user group ${fallback.slackUserGroup}`] : []),
  ]
  const members = (allowed?.googleGroups ?? []).map(group => `members of ${group}`)
  const besides = onlyOnCall ? [] : [...(allowed?.emails ?? []), ...members]
  const next = onCall?.escalationPolicy ? 'the next levels, then the fallback' : 'the fallback'
  const isNever = /^0+[hms]$/.test(escalateAfter)
  return [
    `${required === 1 ? 'One approval is' : `${required} approvals of different people are`} needed within ${window}.`,
    duty
      ? `First asked: ${duty}.`
      : others.length > 0
        ? `Asked: ${others.join(', ')}.`
        : 'Nobody is named to be asked.',
    ...(duty && others.length > 0 && !isNever
      ? [`Then, each ${escalateAfter} without an answer: ${next} (${others.join(', ')}).`]
      : []),
    ...(besides.length > 0 ? [`May approve without being asked: ${besides.join(', ')}.`] : []),
  ]
}

/** The people on call when the controller last checked the mapping; nothing for a mapping in a file. */
function sayOnCall({ status }: RoleMapping): string[] {
  const { now } = status?.onCall ?? {}
  return now === undefined ? [] : [`On call when the mapping was last checked: ${now}.`]
}

function unknowns({ approval }: Explanation, isWithoutSettings: boolean, person: Email): string[] {
  return [
    isWithoutSettings && `whether ${domainOf(person)} belongs to the organisation: set HALLPASS_CONFIG`,
    approval.onCall && 'who is on call',
    'how many requests wait already (limits), and whether the approver may write the policy at Google',
  ].filter(text => typeof text === 'string')
}

function toText({ mapping, person, seconds, at, isAsked, judged, works, asked, unknown }: ExplainJson): string {
  const rows = judged.map(({ about, answer, reason, says }) => [about, answer, reason ? `${reason}: ${says}` : says])
  const result =
    isAsked === null
      ? 'It depends on what is not known here.'
      : isAsked
        ? 'It would be asked.'
        : 'It would not be asked.'
  return [
    `${mapping.name} for ${sayDuration(seconds)}, as ${person}, at ${at}`,
    ...aligned([['RULE', 'ANSWER', 'WHY'], ...rows]),
    result,
    ...(isAsked === false ? [] : [...(works === null ? [] : [works]), ...asked]),
    `Not known here: ${unknown.join('; ')}.`,
  ]
    .map(line => `${line}\n`)
    .join('')
}
