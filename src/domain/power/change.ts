// One change between two versions of a mapping, in words. Values that somebody wrote are kept apart from our own words, so
// that each form of output can make them harmless.

/**
 * What a change means: more power or less control, less power, either of these (which only a reader can tell), or none of
 * them.
 */
export type Effect = 'gained' | 'lost' | 'unclear' | 'changed'
/** Our own words, or a value from a mapping. */
export type Part = string | { value: string }
export type Change = { effect: Effect; says: readonly Part[] }

/** A sentence with values: say`${email} may ask`. */
export function say(words: TemplateStringsArray, ...values: readonly (string | number)[]): Part[] {
  return words.flatMap((word, i): Part[] => [
    ...(word === '' ? [] : [word]),
    ...(i < values.length ? [{ value: String(values[i]) }] : []),
  ])
}

export const gained = (says: readonly Part[]): Change => ({ effect: 'gained', says })
export const lost = (says: readonly Part[]): Change => ({ effect: 'lost', says })
export const unclear = (says: readonly Part[]): Change => ({ effect: 'unclear', says })
export const changed = (says: readonly Part[]): Change => ({ effect: 'changed', says })

/** A change for each member that only one of two sets has. */
export function memberChanges(
  [before, after]: readonly [ReadonlySet<string>, ReadonlySet<string>],
  sayIt: (member: string) => { more: readonly Part[]; less: readonly Part[] },
): Change[] {
  const more = [...after].filter(member => !before.has(member))
  const less = [...before].filter(member => !after.has(member))
  return [...more.map(member => gained(sayIt(member).more)), ...less.map(member => lost(sayIt(member).less))]
}
