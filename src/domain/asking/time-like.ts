// Finds what may be a time in a typed text although it is not a duration of the grammar: `2 huors`, `every 15 minutes`,
// `half an hour`, `until 5pm`. Such a text is asked back. Pure.
import { distance } from 'fastest-levenshtein'

// Also units that no request can use, and some other languages: asked back too, because the default would be wrong.
const long = [
  'sec(?:ond)?s?|min(?:ute)?s?|hrs?|hours?|days?|wks?|weeks?|months?',
  'std|stunden?|minuten?|tage?|heures?|jours?|minutos?|horas?|uur|uren|minuti|ore',
].join('|')
const unit = `(?:${long}|[smhdw])`
/** Only at the beginning of a word: `INC-30m` and `v1.30m` are names. */
const begins = String.raw`(?<=^|[\s(\[{"'\u2018-\u201F\u00AB~<>,;:])`
const number = String.raw`[-+~<>\u2264\u2265\u2212]?[.,]?\p{N}+(?:[.,:/]\p{N}+)*`
const range = String.raw`(?:\p{N}+\s?[-\u2013\u2014/]\s?)?`
const ends = String.raw`(?![\p{L}\p{N}])`
const few = [
  'half|quarter|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty',
  'ninety|couple|few|several|some|whole|all',
].join('|')
const later = [
  String.raw`\d|noon|midnight|tomorrow|tonight|today|eod|end|evening|morning|lunch`,
  'mon|tue|wed|thu|fri|sat|sun',
].join('|')

const forms = [
  `${begins}${range}${number} ?-?${unit}(?:\\d+${unit})*${ends}`,
  // `1h30` and `PT30M`.
  `${begins}${number}h\\d+${ends}`,
  String.raw`${begins}P?T\d+[hms]\w*${ends}`,
  `(?<![\\p{L}\\p{N}])(?:${few})(?: of)?(?: an?| the)?[ -](?:hours?|hrs?|minutes?|mins|days?|weeks?|months?)${ends}`,
  `(?<![\\p{L}\\p{N}])(?:until|till?)\\s+(?:the )?(?:${later})\\S*`,
].map(form => new RegExp(form, 'iu'))

/** Times that count only as the first or the last words: elsewhere `14:02` and `for 500 customers` belong to the reason. */
const atEdges = [
  /^for \d+(?= |$)/iu,
  / for \d+$/iu,
  /^\d{1,2}:\d{2}(?= |$)/u,
  / \d{1,2}:\d{2}$/u,
  /^(?:hours?|minutes?|mins)(?= |$)/iu,
  /^\d+$/u,
]

/** The first part of a line that may be a time; undefined when there is no such part. */
export function timeLike(line: string): string | undefined {
  for (const form of [...forms, ...atEdges]) {
    const found = form.exec(line)?.[0].trim()
    if (found) return found
  }
  return misspelt(line)
}

const units = ['minute', 'minutes', 'hour', 'hours', 'second', 'seconds']

/** `2 huors`: a number before a word that differs from a unit in one letter, or in the order of its letters. */
function misspelt(line: string): string | undefined {
  const words = line.split(' ')
  const at = words.findIndex((word, i) => /^\d+$/.test(word) && isNearUnit(words[i + 1] ?? ''))
  return at < 0 ? undefined : `${words[at]} ${words[at + 1]}`
}

function isNearUnit(word: string): boolean {
  const letters = word.toLowerCase().replace(/[^\p{L}]/gu, '')
  if (letters.length > 9) return false
  const sorted = inOrder(letters)
  return units.some(name => name[0] === letters[0] && (distance(name, letters) <= 1 || sorted === inOrder(name)))
}

function inOrder(letters: string): string {
  return letters.split('').sort().join('')
}
