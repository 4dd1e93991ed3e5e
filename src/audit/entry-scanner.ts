// Cuts a text of JSON into entries while it arrives: one on each line, a list, several lists after each other, or entries
// over several lines. Holds one entry at a time, so a text of any length needs little memory.

/** Cloud Audit Logs have the longest entries, 512 KiB; indented text is longer. */
const longestEntry = 8 * 1024 * 1024
/** An entry that does not begin with a bracket is a word that does not belong here. */
const longestWord = 256

/** What cannot be read, and where. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** Reads text in pieces of any size. Throws Unreadable, with the line, for text that is not JSON. */
export class EntryScanner {
  #rest = ''
  #line = 1
  #isInList = false
  #isEmpty = true

  /** The entries that are complete now. */
  push(text: string): unknown[] {
    this.#rest += text
    const entries: unknown[] = []
    let at = 0
    for (;;) {
      at = this.#nextValue(at)
      if (at === this.#rest.length) break
      this.#isEmpty = false
      const line = this.#lineAt(at)
      if (line) entries.push(line.entry)
      const end = line?.end ?? this.#endOfValue(at)
      if (end === undefined) break
      if (!line) entries.push(this.#parse(at, end))
      at = end
    }
    this.#rest = this.#rest.slice(at)
    return entries
  }

  /** The entry at the end of the text. Throws Unreadable when the text ends in the middle of an entry, or is empty. */
  end(): unknown[] {
    const entries = this.push('\n')
    if (this.#rest.trim() !== '')
      throw new Unreadable(`the text ends in the middle of the entry that begins in line ${this.#line}: it was cut off`)
    if (this.#isInList) throw new Unreadable('the list has no end: it was cut off')
    if (this.#isEmpty) throw new Unreadable('there is nothing to read, not even an empty list')
    return entries
  }

  /** The position of the next value, or the end of the text. */
  #nextValue(from: number): number {
    let at = from
    for (; at < this.#rest.length; at++) {
      const sign = this.#rest[at] ?? ''
      if (sign === '\n') this.#line++
      else if (sign === '[' && !this.#isInList) this.#setInList(true)
      else if (sign === ']' && this.#isInList) this.#setInList(false)
      else if (!/[\s,\uFEFF]/.test(sign)) break
    }
    return at
  }

  /** The entry when the rest of the line is one, as in most files: then nobody has to look for its end. */
  #lineAt(at: number): { entry: unknown; end: number } | undefined {
    const end = this.#isInList || this.#rest[at] !== '{' ? -1 : this.#rest.indexOf('\n', at)
    if (end - at < 2) return undefined
    try {
      return { entry: JSON.parse(this.#rest.slice(at, end)) as unknown, end }
    } catch {
      return undefined
    }
  }

  #setInList(is: boolean): void {
    this.#isInList = is
    this.#isEmpty = false
  }

  /** The end of the value at this position; undefined when the rest of it has not arrived. */
  #endOfValue(at: number): number | undefined {
    const isObject = this.#rest[at] === '{' || this.#rest[at] === '['
    const end = isObject ? endOfBrackets(this.#rest, at) : endOfWord(this.#rest, at)
    if (end !== undefined) return end
    if (this.#rest.length - at > (isObject ? longestEntry : longestWord))
      throw new Unreadable(`the entry that begins in line ${this.#line} has no end`)
    return undefined
  }

  #parse(at: number, end: number): unknown {
    const json = this.#rest.slice(at, end)
    try {
      return JSON.parse(json)
    } catch {
      throw new Unreadable(`line ${this.#line} is not JSON`)
    } finally {
      for (let next = json.indexOf('\n'); next >= 0; next = json.indexOf('\n', next + 1)) this.#line++
    }
  }
}

const marks = /["{}[\]]/g

function endOfBrackets(text: string, from: number): number | undefined {
  let depth = 0
  marks.lastIndex = from
  for (let found = marks.exec(text); found; found = marks.exec(text)) {
    const [mark] = found
    if (mark === '"') {
      const end = endOfString(text, found.index + 1)
      if (end === undefined) return undefined
      marks.lastIndex = end
    } else if (mark === '{' || mark === '[') depth++
    else if (--depth === 0) return found.index + 1
  }
  return undefined
}

function endOfString(text: string, from: number): number | undefined {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text[at - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return at + 1
  }
  return undefined
}

function endOfWord(text: string, from: number): number | undefined {
  const found = text.slice(from, from + longestWord + 1).search(/[\n,\]]/)
  return found < 0 ? undefined : from + Math.max(found, 1)
}
