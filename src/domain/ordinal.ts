// Which of several something is, in a word.

const words = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth']
const rules = new Intl.PluralRules('en', { type: 'ordinal' })
const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }

/** `3` → `third`; from 11 on `11th`. */
export function ordinal(n: number): string {
  return words[n - 1] ?? `${n}${endings[rules.select(n)] ?? 'th'}`
}
