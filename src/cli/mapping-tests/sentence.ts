// Reads the sentence of a test, such as "dana may not ask prod-db for 9h (TooLong)". Pure.
import { readDuration } from '../../domain/asking/typed-duration.ts'
import { isReason, type Reason } from '../../domain/refusals.ts'

/** What a sentence expects. `who` and `requester` are as written: an address, a short name, or nobody. */
export type Sentence = {
  does: 'ask' | 'approve' | 'approveThemselves'
  who: string
  may: boolean
  /** Absent: every mapping. */
  mapping?: string
  /** Of an approval: whose request it is. */
  requester?: string
  seconds?: number
  at?: Date
  isEmergency?: boolean
  /** The reason that is written into the request. */
  because?: string
  /** The reason of the no, if the sentence says it. */
  reason?: Reason
}

const forms = `Write "dana may ask MAPPING", "dana may not ask MAPPING", "mo may approve MAPPING for dana" or "nobody may approve themselves". After the first three can follow "for 2h", "as an emergency", "at 2026-11-24T22:00:00Z", "because REASON", and last, for a no, its reason: "(TooLong)".`

type Part = { form: RegExp; read: (found: string) => Partial<Sentence> | undefined }

/** What can follow, in any order and each at most once. */
const parts: readonly Part[] = [
  { form: /^as an emergency(?= |$)/, read: () => ({ isEmergency: true }) },
  { form: /^at (\S+)/, read: found => instantOf(found) },
  { form: /^for (\S+)/, read: found => lengthOf(found) },
  { form: /^because (.+)$/, read: found => ({ because: found.replace(/^"(.*)"$/, '$1') }) },
]

/** The sentence. Throws when it is not understood; the error says what can be written. */
export function readSentence(text: string): Sentence {
  const themselves = /^nobody may approve themselves(?: on (\S+))?$/.exec(text)
  if (themselves) {
    const [, on] = themselves
    return { does: 'approveThemselves', who: 'nobody', may: false, ...(on !== undefined && { mapping: on }) }
  }
  const { rest, reason } = withoutReason(text)
  const found = /^(\S+) may (not )?(?:ask (\S+)|approve (\S+) for (\S+))(?: (.+))?$/.exec(rest)
  if (!found) throw new Error(`"${text}" is not understood. ${forms}`)
  const [, who = '', not, asked, approved, requester, more = ''] = found
  const may = not === undefined && who !== 'nobody'
  if (reason && may) throw new Error(`"${text}": "(${reason})" is the reason of a no, and this expects a yes.`)
  return {
    does: asked === undefined ? 'approve' : 'ask',
    who,
    may,
    mapping: asked ?? approved ?? '',
    ...(requester !== undefined && { requester }),
    ...(reason && { reason }),
    ...partsOf(more, text),
  }
}

function withoutReason(text: string): { rest: string; reason?: Reason } {
  const [, rest, reason] = /^(.*) \((\w+)\)$/.exec(text) ?? []
  if (rest === undefined) return { rest: text }
  if (isReason(reason)) return { rest, reason }
  throw new Error(`"${text}": "${reason}" is not a reason. docs/reference/reasons.md lists them.`)
}

function partsOf(text: string, sentence: string): Partial<Sentence> {
  let [rest, read] = [text, {} as Partial<Sentence>]
  while (rest !== '') {
    const next = parts
      .map(({ form, read: readPart }) => ({ found: form.exec(rest), readPart }))
      .find(({ found }) => found)
    const part = next?.found && next.readPart(next.found[1] ?? '')
    if (!next?.found || !part || Object.keys(part).some(key => key in read))
      throw new Error(`"${sentence}": "${rest}" is not understood there. ${forms}`)
    read = { ...read, ...part }
    rest = rest.slice(next.found[0].length).trimStart()
  }
  return read
}

function lengthOf(text: string): { seconds: number } | undefined {
  const seconds = readDuration(text)
  return seconds === undefined ? undefined : { seconds }
}

function instantOf(text: string): { at: Date } | undefined {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : undefined
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : { at }
}
