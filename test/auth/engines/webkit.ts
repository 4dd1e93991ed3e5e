// The flows of an approver in WebKit, the engine of Safari, by WebKitGTK's own driver: npm run webkit. It is no part of
// npm test, because it needs packages of the system and a display.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { flows } from './flows.ts'
import { Sites } from './sites.ts'
import { WebDriver } from './web-driver.ts'

const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/libexec', '/usr/lib']
const driver = [process.env['WEBKIT_DRIVER'], '/usr/bin/WebKitWebDriver'].find(path => path && existsSync(path))
const browser = [
  process.env['WEBKIT_BROWSER'],
  ...folders.flatMap(folder => ['4.1', '4.0', '6.0'].map(version => `${folder}/webkit2gtk-${version}/MiniBrowser`)),
].find(path => path && existsSync(path))
const screen = '/usr/bin/Xvfb'
const hasDisplay = Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])
const remedy =
  'On Debian: apt-get install webkit2gtk-driver xvfb. Elsewhere, set WEBKIT_DRIVER and WEBKIT_BROWSER to WebKitWebDriver and MiniBrowser.'

const started: ChildProcess[] = []
function start(program: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  })
  started.push(child)
  return child
}

/** The display to use; starts one without a screen if the machine has no display. */
async function display(): Promise<Record<string, string>> {
  if (hasDisplay) return {}
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = start(screen, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'])
  child.stdio[3]?.once('data', (number: Buffer) => resolve(number.toString().trim()))
  child.once('exit', () => reject(new Error('Xvfb did not start.')))
  return { DISPLAY: `:${await promise}` }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function ready(url: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const isUp = await fetch(`${url}/status`).then(
      answer => answer.ok,
      () => false,
    )
    if (isUp) return
    await pause(100)
  }
  throw new Error('The driver did not start.')
}

/** The work, or a failure after a minute. */
async function within(work: Promise<void> | undefined): Promise<void> {
  const late = new AbortController()
  const end = pause(60_000, undefined, { signal: late.signal }).then(() => {
    throw new Error('It did not end within a minute.')
  })
  await Promise.race([work, end]).finally(() => late.abort())
}

async function play(url: string, sites: Sites, sentence: string): Promise<boolean> {
  sites.reset()
  const session = await WebDriver.open(url, { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } })
  try {
    await within(flows[sentence]?.(sites, session.tab()))
    console.log(`ok     ${sentence}`)
    return true
  } catch (error) {
    console.log(`FAILED ${sentence}\n       ${error instanceof Error ? error.message : String(error)}`)
    return false
  } finally {
    await session.close()
  }
}

async function playAll(path: string): Promise<boolean[]> {
  const port = await freePort()
  start(path, [`--port=${port}`, '--host=127.0.0.1'], await display())
  const url = `http://127.0.0.1:${port}`
  await ready(url)
  const sites = await Sites.open()
  const results: boolean[] = []
  for (const sentence of Object.keys(flows)) results.push(await play(url, sites, sentence))
  await sites.close()
  return results
}

const missing = [!driver && 'WebKitWebDriver', !browser && 'MiniBrowser', !hasDisplay && !existsSync(screen) && 'Xvfb']
const names = missing.filter(Boolean).join(', ')
if (names) console.log(`SKIPPED the flows in WebKit: ${names} not found. ${remedy}\n0 passed, 0 failed, 1 skipped`)
else {
  const results = await playAll(driver ?? '').finally(() => started.forEach(child => child.kill()))
  const failed = results.filter(isGood => !isGood).length
  console.log(`${results.length - failed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}
