// The sandbox with the optional janitor, in a real Chromium: Dana says that she is done, and the access is gone, without
// anybody else.
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { sampleRoles } from '../../src/sandbox/town.ts'
import { hasBrowser } from '../browser.ts'
import { suite } from '../suite.ts'
import { type Desk, openDesk, out } from './desk.ts'

const test = suite('the sandbox with a janitor, in a browser', { timeoutMs: 120_000 })
const fact = hasBrowser ? test : test.skip
let desk: Desk

test.before(async () => {
  if (hasBrowser) desk = await openDesk({ janitor: { roles: sampleRoles } })
})
test.after(async () => desk?.close())

fact('a holder who is done loses the access at once, and nobody else is asked', async () => {
  const { page } = desk
  const composer = page.getByRole('combobox')
  await composer.fill('/prod-db 5m trying the janitor')
  await composer.press('Enter')
  await page.getByText('you are on call').waitFor()
  await page.getByRole('button', { name: 'Mo Manager' }).click()
  const opening = page.waitForEvent('popup')
  await page.getByRole('link', { name: 'Approve' }).click()
  const approval = await opening
  await approval.getByRole('button', { name: 'Sign in and approve' }).click()
  await approval.getByRole('button', { name: 'mo@example.com' }).click()
  await approval.getByText('Granted until').first().waitFor()
  await approval.close()
  await page.getByRole('button', { name: 'Dana Engineer' }).click()
  await page.getByText('press “I’m done” as Dana').waitFor()
  await page.getByText('you have prod-db until').waitFor()
  assert.is(await page.locator('.binding.ours').count(), 2)
  await page.getByRole('button', { name: "I'm done" }).first().click()
  await page.getByText("Hallpass's janitor removes it now").waitFor()
  await page.getByText(/Removed at .* by Hallpass's janitor for dana@example\.com/).waitFor()
  await page.getByText('The access is over before its time.').waitFor()
  await page.screenshot({ path: join(out, 'janitor.png') })
  assert.is(await page.locator('.binding.ours').count(), 0)
  assert.is(await page.getByText('Remove now').count(), 0, 'the approver is not asked')
  await page.getByRole('tab', { name: 'Audit' }).click()
  await page.getByText('so the janitor is asked to remove the access').waitFor()
  await page.getByText('Access was ended early by the janitor').waitFor()
  assert.equal(desk.complaints, [])
})

test.run()
