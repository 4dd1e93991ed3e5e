// Acts on the pages of the second door.
import { type Visited, Visitor } from '../../src/sandbox/visitor.ts'
import { isDecided, type Scene, until } from './scene.ts'

/** Opens the page of the door as this person, with a sign-in when the browser has none. */
async function doorOf({ installation }: Scene, browser: Visitor, email: string): Promise<Visited> {
  const page = await browser.open(`${installation.authUrl}/`)
  if (page.text.includes(email)) return page
  return browser.submit(await browser.submit(page, 'Sign in with Google'), email)
}

/** Dana asks on the web. */
export async function askAtTheDoor(
  scene: Scene,
  { mapping, seconds }: { mapping: string; seconds: number },
): Promise<void> {
  const browser = new Visitor()
  const { installation, made } = scene
  await until('the request is stored', scene.patienceMs, async () => {
    await doorOf(scene, browser, 'dana@example.com')
    const form = await browser.open(`${installation.authUrl}/ask?for=${installation.namespace}/${mapping}`)
    await browser.submit(form, 'Ask', { reason: 'replaying the batch', duration: `${seconds}s` })
    return (await made()).length > 0
  })
}

/** Mo approves from the list on the web. */
export async function approveAtTheDoor(scene: Scene): Promise<void> {
  const browser = new Visitor()
  await until('the approval is recorded', scene.patienceMs, async () => {
    if (await isDecided(scene.made)) return true
    const [request] = await scene.made()
    const { document } = await doorOf(scene, browser, 'mo@example.com')
    const link = document.querySelectorAll('a').find(a => a.text.includes(request?.metadata.name ?? 'no request'))
    if (!link) return false
    const page = await browser.open(new URL(link.getAttribute('href') ?? '/', scene.installation.authUrl))
    await browser.submit(await browser.submit(page, 'Sign in and approve'), 'mo@example.com')
    return isDecided(scene.made)
  })
}

/** Mo denies from the list on the web, with the session alone. */
export async function denyAtTheDoor(scene: Scene): Promise<void> {
  const browser = new Visitor()
  await until('the denial is recorded', scene.patienceMs, async () => {
    if (await isDecided(scene.made)) return true
    const [request] = await scene.made()
    const { document } = await doorOf(scene, browser, 'mo@example.com')
    const links = document.querySelectorAll('a')
    const link = links.find(a => a.text.startsWith('Deny') && a.text.includes(request?.metadata.name ?? 'no request'))
    if (!link) return false
    const page = await browser.open(new URL(link.getAttribute('href') ?? '/', scene.installation.authUrl))
    await browser.submit(page, 'Deny', { comment: 'use the replica' })
    return isDecided(scene.made)
  })
}
