// One build at a time: a lock folder that names its holder. The lock of a process that has ended counts as free.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Runs `work` while holding the lock; waits while another process holds it and is alive. */
export async function withLock<T>(folder: string, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  for (let isWaiting = false; !(await take(folder)); isWaiting = true) {
    if (!isWaiting) say('Another process is preparing the control plane; waiting for it.')
    await pause(500)
  }
  try {
    return await work()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function take(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (await isAbandoned(folder)) await rm(folder, { recursive: true, force: true })
    return false
  }
  await writeFile(join(folder, 'pid'), String(process.pid))
  return true
}

// A holder writes its pid right after making the folder, so an empty one that stays empty was left by a crash in between.
async function isAbandoned(folder: string): Promise<boolean> {
  const pid = await readPid(folder)
  if (pid !== undefined) return !isAlive(pid)
  await pause(1000)
  return (await readPid(folder)) === undefined
}

async function readPid(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, 'pid'), 'utf8').catch(() => '')
  return text === '' ? undefined : Number(text)
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
