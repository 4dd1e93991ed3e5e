// The least that reading a log of one entry a line takes: counts the lines as wc does, and parses each, in one process.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

let count = 0
const [file = ''] = process.argv.slice(2)
for await (const line of createInterface({ input: createReadStream(file) })) {
  JSON.parse(line)
  count++
}
process.stdout.write(`${count}\n`)
