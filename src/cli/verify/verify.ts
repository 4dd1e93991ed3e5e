// `hallpass verify`: reads exported entries and prints what is wrong with them. Makes no connection.
import { createReadStream, readFileSync } from 'node:fs'
import { batchesIn } from '../../audit/entries.ts'
import { type KeyRing, readKeyRing } from '../../audit/verify/key-ring.ts'
import { toJson, toTable } from '../../audit/verify/rendering.ts'
import { Verification, type Verified } from '../../audit/verify/verification.ts'
import { Ended } from '../ended.ts'
import { useLittleMemory } from '../little-memory.ts'
import { answerCodes, type Terminal, withProgress } from '../terminal.ts'
import { printedJson } from '../../domain/json.ts'

/**
 * `keys`: the file of the archived certificates. `client`: the OAuth clients of this Hallpass, all if it is empty. `temp`: the
 * folder for what does not fit into memory.
 */
export type VerifyOptions = { keys: string; client: readonly string[]; temp: string; output: 'table' | 'json' }

/** Prints the findings. Throws when there is no answer, and Ended when something is wrong. */
export async function verify(files: readonly string[], options: VerifyOptions, terminal: Terminal): Promise<void> {
  const verified = await verifiedIn(files, options, terminal)
  refuseEmpty(verified)
  terminal.out(options.output === 'json' ? printedJson(toJson(verified)) : toTable(verified))
  if (verified.findings.length > 0) throw new Ended(answerCodes.different)
  if (verified.read.unreadable > 0) throw new Ended(answerCodes.unanswered)
}

/** A thousand parts of a log of ten million entries fit into memory one by one. */
const partitions = 1024
/** Smaller logs need no disk. */
const mostHeld = 5000

async function verifiedIn(
  files: readonly string[],
  { keys, client, temp }: VerifyOptions,
  terminal: Terminal,
): Promise<Verified> {
  useLittleMemory()
  const trusted = { ring: ringIn(keys), ...(client.length > 0 && { clients: new Set(client) }) }
  const verification = new Verification(trusted, { partitions, mostHeld, folder: temp })
  try {
    for (const file of files) {
      const stream = file === '-' ? terminal.stdin : createReadStream(file)
      const bytes = withProgress(stream as AsyncIterable<Uint8Array>, {
        terminal,
        what: `Reading ${file}, in pieces of 64 KiB`,
      })
      for await (const batch of named(file, batchesIn(bytes))) for (const entry of batch) verification.push(entry)
    }
    return verification.result()
  } finally {
    verification.close()
  }
}

function ringIn(file: string): KeyRing {
  try {
    return readKeyRing(readFileSync(file, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`The certificates in "${file}" cannot be read: ${why}. Make the file with hallpass keys archive.`, {
      cause: error,
    })
  }
}

// An error says in which of the files it was.
async function* named<T>(file: string, entries: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* entries
  } catch (error) {
    throw new Error(`"${file}": ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function refuseEmpty({ read }: Verified): void {
  if (read.requests > 0 || read.evidence > 0 || read.unreadable > 0) return
  throw new Error(
    `None of ${read.entries} entries is of Hallpass, so nothing could be checked. Check the name of the log and --freshness.`,
  )
}
