// What processes take of a machine's memory together, as if they were alone on it. Pages of a file that several have
// mapped count once. (PSS would share them with every other process of the machine that has them.)
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'

/** One process: its own memory, and how much of each file it has in memory. In KiB. */
type Memory = { program: string; ownKiB: number; files: Map<string, number> }

/** In MiB: all together, what each program has for itself alone, and the files. */
export type Together = { totalMiB: number; ownMiB: Record<string, number>; filesMiB: number }

/** The memory of a process and of all that it has started. */
export async function memoryUnder(pid: number): Promise<Together> {
  const all = await Promise.all((await treeOf(pid)).map(memoryOf))
  const known = all.filter(each => each !== undefined)
  const files = new Map<string, number>()
  for (const each of known) for (const [file, kib] of each.files) files.set(file, Math.max(kib, files.get(file) ?? 0))
  const ownMiB: Record<string, number> = {}
  for (const { program, ownKiB } of known) ownMiB[program] = (ownMiB[program] ?? 0) + ownKiB / 1024
  const filesMiB = sum(files.values()) / 1024
  return { totalMiB: sum(Object.values(ownMiB)) + filesMiB, ownMiB, filesMiB }
}

async function treeOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const below = await Promise.all(children.trim().split(' ').filter(Boolean).map(Number).map(treeOf))
  return [pid, ...below.flat()]
}

/** Undefined when the process has ended. */
async function memoryOf(pid: number): Promise<Memory | undefined> {
  const [maps, command] = await Promise.all(
    ['smaps', 'cmdline'].map(file => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => undefined)),
  )
  if (maps === undefined || command === undefined) return undefined
  return { program: programOf(command.split('\0').filter(Boolean)), ...readMaps(maps) }
}

/** The sums of a text in the form of /proc/PID/smaps (proc(5)): what is not of a file is the process's own. */
export function readMaps(text: string): Omit<Memory, 'program'> {
  const files = new Map<string, number>()
  let [ownKiB, file] = [0, '']
  for (const line of text.split('\n')) {
    const path = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+\s*(.*)$/.exec(line)
    if (path) file = path[1]?.startsWith('/') ? path[1] : ''
    const [, name, kib = '0'] = /^(Rss|Anonymous): +(\d+) kB$/.exec(line) ?? []
    if (name === 'Anonymous') ownKiB += Number(kib)
    if (name !== undefined) files.set(file, (files.get(file) ?? 0) + (name === 'Rss' ? 1 : -1) * Number(kib))
  }
  ownKiB += files.get('') ?? 0
  files.delete('')
  return { ownKiB, files }
}

function programOf([program = '', ...words]: readonly string[]): string {
  // A program of Node.js is called by its last word that is neither an option nor a number.
  const script = words.findLast(word => !/^[-{]|^\d+$/.test(word))
  return basename(basename(program).startsWith('node') ? (script ?? program) : program)
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((all, each) => all + each, 0)
}
