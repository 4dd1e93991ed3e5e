// Every text that a person reads is plain English: no word of the table in plain-words.ts is in a comment, a message, a
// document or the name of a test. CONTRIBUTING.md tells how we write.
import * as assert from 'uvu/assert'
import { suite, table } from '../suite.ts'
import { plainWords } from './plain-words.ts'
import { markdown, type Passage, passages, script, yaml } from './prose.ts'

const test = suite('plain English', { timeoutMs: 200_000 })

/** Places where a phrase is right, each with the reason. */
const allowed: readonly { file: string; phrase: string; why: string }[] = [
  { file: 'test/docs/plain-words.ts', phrase: '*', why: 'it is the table' },
  { file: 'test/api/previous/accessrequests.yaml', phrase: '*', why: 'it is a copy of an earlier release' },
  { file: 'test/api/previous/rolemappings.yaml', phrase: '*', why: 'it is a copy of an earlier release' },
  { file: 'docs/benchmarks.md', phrase: 'ours', why: 'it is a column of the tables' },
  { file: 'test/docs/plain-english.test.ts', phrase: '*', why: 'its samples have the phrases' },
]

/** Between two words: white space, or the end of a line and what opens the next line of a comment. */
const gap = String.raw`(?:[ \t]+|[ \t]*\n[ \t]*(?:\*|//|#)?[ \t]*)`
const spelled = (phrase: string): string =>
  (/^\w/.test(phrase) ? '(?<![\\w-])' : '') + phrase.split(' ').join(gap) + ending(phrase)
/** "of its own namespace" is plain; "a file of its own" is not. */
const ending = (phrase: string): string =>
  phrase.endsWith(' own') ? String.raw`(?!\s+(?!and|as|each|for|in|once|so|that|to|when|which|with)\w)` : ''
const searched = (what: string, flags: string): RegExp => new RegExp(`(?:${what})(?![\\w-])`, flags)
const anyPhrase = searched(Object.keys(plainWords).map(spelled).join('|'), 'i')
const patterns = Object.keys(plainWords).map(phrase => ({ phrase, pattern: searched(spelled(phrase), 'gi') }))

type Find = { file: string; line: number; phrase: string }

function finds({ file, line, text }: Omit<Passage, 'kind'>): Find[] {
  if (!anyPhrase.test(text)) return []
  return patterns.flatMap(({ phrase, pattern }) =>
    [...text.matchAll(pattern)].map(({ index }) => ({
      file,
      line: line + text.slice(0, index).split('\n').length - 1,
      phrase,
    })),
  )
}

const isAllowed = (find: Find): boolean =>
  allowed.some(({ file, phrase }) => file === find.file && (phrase === '*' || phrase === find.phrase))

let found: Find[] = []
test.before(() => {
  found = passages().flatMap(finds)
})

test('no text has a phrase of the table', () => {
  const faults = found.filter(find => !isAllowed(find))
  const lines = faults.map(({ file, line, phrase }) => `${file}:${line} "${phrase}": write ${plainWords[phrase]}`)
  assert.is(lines.join('\n'), '', 'these texts are not in plain words')
})

test('every exception is needed', () => {
  const idle = allowed.filter(
    ({ file, phrase }) => !found.some(find => find.file === file && (phrase === '*' || phrase === find.phrase)),
  )
  assert.equal(idle, [])
})

const samples: Record<string, { of: (text: string) => { text: string }[]; text: string; phrases: string[] }> = {
  'a phrase is found over the end of a line of a comment': {
    of: text => [{ text }],
    text: '// A pattern that is\n  // none matches nothing.',
    phrases: ['is none', 'that is none'],
  },
  'a phrase is found at the beginning of a sentence': { of: markdown, text: 'Whoever reads.', phrases: ['whoever'] },
  'a part of a word is not a phrase': { of: markdown, text: 'Recommended hours, without-anew.', phrases: [] },
  'code in a document is not read': { of: markdown, text: 'The word `anew`.\n\n```\nmend\n```\n', phrases: [] },
  'a comment in YAML is read': { of: yaml, text: 'a: 1 # built anew\nb: { c: 2 }\n', phrases: ['anew'] },
  'a text in YAML is read': { of: yaml, text: 'a:\n  b: >-\n    It is built\n    anew.\n', phrases: ['anew'] },
  'a value of YAML is not read': { of: yaml, text: 'anew: mend\n', phrases: [] },
  'a script is read whole': { of: script, text: '# is\n# none\necho "anew"\n', phrases: ['anew', 'is none'] },
}
table(test, samples, ({ of, text, phrases }) => {
  const seen = of(text).flatMap(piece => finds({ file: 'sample', line: 1, text: piece.text }))
  assert.equal(seen.map(({ phrase }) => phrase).toSorted(), phrases)
})

test('a find names its line', () => {
  const [find] = finds({ file: 'sample', line: 7, text: '/**\n * One.\n * Told anew.\n */' })
  assert.equal(find, { file: 'sample', line: 9, phrase: 'anew' })
})

test.run()
