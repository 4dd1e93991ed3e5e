// Runs tests of mappings by the rules that judge real requests.
import type { RoleMapping } from '../../api/kinds.ts'
import { explain, type Explanation, type Judged, type Known } from '../../domain/approval/explaining.ts'
import { readMapping } from '../../domain/mapping/mapping.ts'
import { type Email, parseEmail } from '../../domain/people/identity.ts'
import { mappingCalled } from '../mappings.ts'
import { addressOf, type MappingTest, sayPlace, type TestFile } from './file.ts'
import type { Sentence } from './sentence.ts'

/** What a test expected and what the rules said; `passed` without a fault. */
export type TestResult = MappingTest & { passed: boolean; expected: string; got: string }

/** Runs every test of a file. Throws when a test names a mapping or a person that is not known. */
export function runTests(file: TestFile, now: Date): TestResult[] {
  return file.tests.map(test => ({ ...test, ...resultOf(test, file, now) }))
}

type Outcome = Pick<TestResult, 'passed' | 'expected' | 'got'>

function resultOf({ sentence, place }: MappingTest, file: TestFile, now: Date): Outcome {
  const at = sayPlace(place)
  const mappings = sentence.mapping === undefined ? file.mappings : [mappingOf(sentence.mapping, file, at)]
  const outcomes = mappings.flatMap(stored => outcomesFor({ stored, sentence, file, now, at }))
  const [first] = outcomes
  if (!first)
    throw new Error(`${at}: nobody is named in the file or in the mapping, so this test could not fail. Add names.`)
  return outcomes.find(({ passed }) => !passed) ?? first
}

function mappingOf(name: string, { mappings }: TestFile, place: string): RoleMapping {
  try {
    return mappingCalled(name, mappings)
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

type Asking = { stored: RoleMapping; sentence: Sentence; file: TestFile; now: Date; at: string }

function outcomesFor(asking: Asking): Outcome[] {
  const { sentence, file, stored, at } = asking
  const addressed = (who: string): Email => addressOf(who, file.names, at)
  const everybody = peopleOf(file, stored)
  if (sentence.does === 'approveThemselves')
    return everybody.map(who =>
      judged(asking, {
        person: who,
        approver: who,
        expected: `${who} may not approve their own request for ${stored.metadata.name}`,
      }),
    )
  const persons = sentence.who === 'nobody' ? everybody : [addressed(sentence.who)]
  const { requester } = sentence
  const not = sentence.may ? '' : 'not '
  if (requester === undefined)
    return persons.map(person => judged(asking, { person, expected: `${person} may ${not}ask for it${by(sentence)}` }))
  const person = addressed(requester)
  return persons
    .filter(who => sentence.who !== 'nobody' || who !== person)
    .map(approver =>
      judged(asking, { person, approver, expected: `${approver} may ${not}approve it for ${person}${by(sentence)}` }),
    )
}

function by({ reason }: Sentence): string {
  return reason ? ` (${reason})` : ''
}

/** Everybody whom the file or the mapping names. */
function peopleOf({ names, facts }: TestFile, { spec }: RoleMapping): Email[] {
  const written = [
    ...Object.values(names),
    ...Object.values(facts).flatMap(lists => Object.values(lists).flat()),
    ...[
      spec.requesters,
      spec.approval.fallback,
      spec.approval.allowed,
      spec.emergency?.fallback,
      spec.emergency?.allowed,
    ].flatMap(named => named?.emails ?? []),
  ]
  return [...new Set(written.flatMap(text => parseEmail(text) ?? []))]
}

type Expected = { person: Email; approver?: Email; expected: string }

function judged({ stored, sentence, file, now }: Asking, { person, approver, expected }: Expected): Outcome {
  const { facts, settings } = file
  const groupsOf = (lists: Record<string, string[]>, who: string): string[] =>
    Object.keys(lists).filter(id => lists[id]?.includes(who))
  const isEmergency = sentence.isEmergency ?? false
  const explanation = explain({
    ...settings,
    stored,
    others: file.mappings,
    person,
    approver,
    isEmergency,
    seconds: sentence.seconds,
    reason: sentence.because,
    userGroups: groupsOf(facts.slackUserGroups, person),
    googleGroups: groupsOf(facts.googleGroups, person),
    known: knownOf(stored, file, { isEmergency, approver }),
    now: sentence.at ?? file.at ?? now,
  })
  return { expected, ...verdictOn(explanation, sentence) }
}

function knownOf(
  stored: RoleMapping,
  { facts }: TestFile,
  { isEmergency, approver }: { isEmergency: boolean; approver: Email | undefined },
): Known {
  const mapping = readMapping(stored)
  const { onCall, fallback, allowed } = (isEmergency ? mapping.emergency?.approval : undefined) ?? mapping.approval
  const duty = onCall?.escalationPolicy ?? onCall?.schedule
  const lists = [
    duty === undefined ? [] : facts.onCall[duty],
    fallback?.slackUserGroup === undefined ? [] : facts.slackUserGroups[fallback.slackUserGroup],
    fallback?.emails ?? [],
  ]
  return {
    groups: [...Object.keys(facts.slackUserGroups), ...Object.keys(facts.googleGroups)],
    asked: lists.flatMap(list => list ?? []).flatMap(who => parseEmail(who) ?? []),
    isEveryoneAsked: lists.every(list => list !== undefined),
    approverGroup: allowed?.googleGroups?.find(group => approver && facts.googleGroups[group]?.includes(approver)),
  }
}

// A mapping that cannot be used at all gives no answer: a test that expects a no would pass without saying anything.
function verdictOn({ judged: answers }: Explanation, sentence: Sentence): Omit<Outcome, 'expected'> {
  const broken = answers.find(({ about, answer }) => about === 'mapping' && answer === 'no')
  if (broken) return { passed: false, got: `the mapping cannot be used: ${sayJudged(broken)}` }
  const asked = answers.filter(({ about }) => about === 'asking' || about === 'reason')
  const about = sentence.does === 'ask' ? asked : answers.filter(({ about: what }) => what === 'approver')
  const no = about.find(({ answer }) => answer === 'no')
  const unknown = about.find(({ answer }) => answer === 'unknown')
  if (sentence.does === 'approve') {
    const unasked = asked.find(({ answer }) => answer !== 'yes')
    if (unasked) return { passed: false, got: `the request could not be made: ${sayJudged(unasked)}` }
  }
  if (no) {
    const isExpected = !sentence.may && (sentence.reason === undefined || sentence.reason === no.refusal?.reason)
    const isSelf = sentence.does !== 'approveThemselves' || no.refusal?.reason === 'SelfApproval'
    return { passed: isExpected && isSelf, got: `no, by ${sayJudged(no)}` }
  }
  if (unknown) return { passed: false, got: `unknown: ${unknown.says} Declare it in facts.` }
  return { passed: sentence.may, got: `yes: ${about.map(({ says }) => says).join(' ')}` }
}

function sayJudged({ refusal, says }: Judged): string {
  return refusal ? `${refusal.reason}: ${says}` : says
}
