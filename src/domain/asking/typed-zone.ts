// The time zone in a typed start: UTC, or a place of the IANA database. Pure.
import { isPlace, isZone, zones } from '../../cel/zones.ts'
import { unmarked } from './typed-words.ts'

/** Letters that stand for several zones, or for one without its summer time. In capitals: `est` is a word elsewhere. */
const letters = new Set(
  'CET CEST EET EEST WET WEST MET MSK BST IST EST EDT ET CST CDT CT MST MDT MT PST PDT PT AEST AEDT JST SGT HKT'.split(
    ' ',
  ),
)

const byLetters = new Map(zones.filter(isPlace).map(name => [name.toLowerCase(), name]))
const areas = /^(?:africa|america|antarctica|arctic|asia|atlantic|australia|europe|indian|pacific)\/\S+$/i

/** The zone that a word names, or what to write instead; undefined when it is another word. */
export function readZoneWord(word: string): { zone: string } | { remedy: string } | undefined {
  const plain = unmarked(word)
  if (/^(?:utc|gmt|z)$/i.test(plain)) return { zone: 'UTC' }
  const zone = plain.includes('/') ? byLetters.get(plain.toLowerCase()) : undefined
  if (zone) return { zone }
  const isOther = letters.has(plain) || areas.test(plain) || /^(?:utc|gmt)?[+-]\d{1,2}(?::?\d\d)?$/i.test(plain)
  return isOther ? { remedy: 'Write the zone as UTC or as a place such as Europe/Berlin.' } : undefined
}

/** Whether local time in this zone can be computed. */
export function isKnownZone(name: string): boolean {
  return isZone(name) && isPlace(name)
}
