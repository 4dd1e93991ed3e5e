// Loaded before one of Hallpass's processes: its wall clock is ahead by the milliseconds in a file, which is read again
// at each SIGUSR2. As on a machine whose clock is set, timers and the monotonic clock do not change.
import { readFileSync } from 'node:fs'

const file = process.env['CLOCK_FILE'] ?? ''
const RealDate = Date
let aheadMs = 0
process.on('SIGUSR2', () => {
  aheadMs = Number(readFileSync(file, 'utf8'))
})

// It ends with its parent: standard input closes with the process that started it, however that ended.
for (const end of ['end', 'close', 'error']) process.stdin.on(end, () => process.exit(1))
process.stdin.resume()
;(process.stdin as unknown as { unref?(): void }).unref?.()

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + aheadMs] : args, newTarget) as Date,
  get: (target, name) => (name === 'now' ? () => target.now() + aheadMs : (Reflect.get(target, name) as unknown)),
})
